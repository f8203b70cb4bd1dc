-- A standby stands under the site's limit and under one of its own: the lower one says how many mains may fall on it (R8, R14).
for i = 1, 4 do
  volume("disk-" .. i) { path = "/srv/" .. i, size = "4 TiB" }
  server("main-" .. i) { address = "10.0.0.1" .. i .. ":7400", archive = { "disk-" .. i } }
  for c = 1, i do camera("cam-" .. i .. "-" .. c) { server = "main-" .. i, url = "rtsp://10.0.1." .. i .. c .. "/1" } end
  failover("f-" .. i) { standby = i <= 2 and "omega" or "psi", monitor = "main-" .. i, expect_reconnection = "20 s" }
end
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
volume "disk-p" { path = "/srv/p", size = "4 TiB" }
server "omega" { address = "10.0.0.21:7400", archive = { "disk-o" }, capacity = { cameras = 1 } }
server "psi" { address = "10.0.0.22:7400", archive = { "disk-p" }, capacity = { cameras = 6 } }
failover_manager "site" { max_running = 2 }
failover_manager "own-omega" { max_running = 1, standby = "omega" }
failover_manager "own-psi" { max_running = 7, standby = "psi" }
