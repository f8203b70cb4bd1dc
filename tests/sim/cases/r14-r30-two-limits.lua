-- The coordinator counts the slots of the whole site, each standby those of its own manager: without the host both limits hold.
volume "disk" { path = "/srv/d", size = "1 TiB" }
for i = 1, 3 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "disk" } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover("f-" .. i) { standby = i <= 2 and "omega" or "psi", monitor = "main-" .. i, expect_reconnection = i .. " s" }
end
server "omega" { address = "127.0.0.1:7411", archive = { "disk" } }
server "psi" { address = "127.0.0.1:7412", archive = { "disk" } }
failover_manager "site" { max_running = 2, on = "psi", when_unreachable = "hold" }
failover_manager "own-omega" { max_running = 1, standby = "omega" }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
