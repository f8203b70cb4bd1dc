-- Two mains, one slot; a take-over that brings nothing to the disk keeps it for ten seconds.
for i = 1, 2 do
  volume("disk-" .. i) { path = "/srv/" .. i, size = "1 TiB" }
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "disk-" .. i } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover("f-" .. i) { standby = "omega", monitor = "main-" .. i, expect_reconnection = i .. " s", retry_for = "10 s" }
end
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
server "omega" { address = "127.0.0.1:7411", archive = { "disk-o" } }
failover_manager "limit" { max_running = 1 }
