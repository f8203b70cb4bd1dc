-- Two mains, one slot.
volume "disk" { path = "/srv/d", size = "1 TiB" }
for i = 1, 2 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "disk" } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover("f-" .. i) { standby = "omega", monitor = "main-" .. i, expect_reconnection = i .. " s" }
end
server "omega" { address = "127.0.0.1:7411", archive = { "disk" } }
failover_manager "limit" { max_running = 1 }
