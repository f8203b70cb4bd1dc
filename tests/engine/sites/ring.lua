-- Three servers, each the standby of the one before: each sees the other two, so each has a second view of its main (R45).
volume "d" { path = "/srv/d", size = "1 TiB" }
for i = 1, 3 do
  server("node-" .. i) { address = "127.0.0.1:740" .. i, archive = { "d" } }
  camera("cam-" .. i) { server = "node-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s" }
end
for i = 1, 3 do
  failover("f-" .. i) { standby = "node-" .. i % 3 + 1, monitor = "node-" .. i, expect_reconnection = "1 s" }
end
