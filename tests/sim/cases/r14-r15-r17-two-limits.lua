-- Two failovers at once in the whole site, one on a standby. A main takes a slot of both, or waits for both; nobody is held up
-- by who waits for another standby.
volume "disk" { path = "/srv/d", size = "1 TiB" }
for i = 1, 4 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "disk" } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover("f-" .. i) { standby = i <= 2 and "omega" or "psi", monitor = "main-" .. i, expect_reconnection = i .. " s" }
end
server "omega" { address = "127.0.0.1:7411", archive = { "disk" } }
server "psi" { address = "127.0.0.1:7412", archive = { "disk" } }
failover_manager "site" { max_running = 2, on = "psi" }
failover_manager "own-omega" { max_running = 1, standby = "omega" }
