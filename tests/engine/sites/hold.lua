-- Like limited.lua, but a queue that holds when its manager is out of reach, and a hold-down before each return.
volume "d" { path = "/srv/d", size = "1 TiB" }
for i = 1, 3 do
  server("main-" .. i) { address = "127.0.0.1:740" .. i, archive = { "d" } }
  camera("cam-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:860" .. i .. "/s" }
  camera("one-" .. i) { server = "main-" .. i, url = "rtsp://127.0.0.1:861" .. i .. "/s", sessions = 1 }
end
server "standby-a" { address = "127.0.0.1:7411", archive = { "d" } }
server "standby-b" { address = "127.0.0.1:7412", archive = { "d" } }
for i = 1, 3 do
  failover("f-" .. i) {
    standby = i <= 2 and "standby-a" or "standby-b", monitor = "main-" .. i, expect_reconnection = "3 s",
    hold_down = "10 s",
  }
end
failover_manager "limit" { max_running = 2, on = "standby-a", when_unreachable = "hold" }
