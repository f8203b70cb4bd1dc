-- Four mains, two standbys, at most one failover at once in the whole site; priorities.
volume "d" { path = "/srv/d", size = "1 TiB" }
for i = 1, 4 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "d" }, priority = i % 2 }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s" }
end
server "standby-a" { address = "127.0.0.1:7411", archive = { "d" } }
server "standby-b" { address = "127.0.0.1:7412", archive = { "d" } }
for i = 1, 4 do
  failover("f-" .. i) {
    standby = i <= 2 and "standby-a" or "standby-b", monitor = "main-" .. i, expect_reconnection = i .. " s",
  }
end
failover_manager "limit" { max_running = 1, on = "standby-b" }
