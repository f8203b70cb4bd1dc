-- Five mains, two standbys, two failovers at once in the whole site and one on a standby: a slot of both is needed (R14).
volume "d" { path = "/srv/d", size = "1 TiB" }
for i = 1, 5 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "d" }, priority = i % 2 }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s" }
end
server "standby-a" { address = "127.0.0.1:7411", archive = { "d" } }
server "standby-b" { address = "127.0.0.1:7412", archive = { "d" } }
for i = 1, 5 do
  failover("f-" .. i) {
    standby = i <= 3 and "standby-a" or "standby-b", monitor = "main-" .. i, expect_reconnection = i .. " s",
  }
end
failover_manager "site" { max_running = 2, on = "standby-b" }
failover_manager "own-a" { max_running = 1, standby = "standby-a" }
failover_manager "own-b" { max_running = 1, standby = "standby-b" }
