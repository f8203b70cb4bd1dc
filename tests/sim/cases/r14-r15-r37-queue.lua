-- Three mains, one slot. The third is worth more than the second, and is served before it.
volume "disk" { path = "/srv/d", size = "1 TiB" }
for i = 1, 3 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "disk" }, priority = i == 3 and 1 or 0 }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover("f-" .. i) { standby = "omega", monitor = "main-" .. i, expect_reconnection = i .. " s" }
end
server "omega" { address = "127.0.0.1:7411", archive = { "disk" } }
failover_manager "limit" { max_running = 1 }
