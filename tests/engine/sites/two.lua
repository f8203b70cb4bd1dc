-- One main with one camera, and two standbys of it that see each other (R23, R24, R45).
site { lease = "1 s" }
for _, name in ipairs { "d", "e", "f" } do volume(name) { path = "/srv/" .. name, size = "1 TiB" } end
server "main" { address = "127.0.0.1:7401", archive = { "d" } }
server "first" { address = "127.0.0.1:7402", archive = { "e" } }
server "second" { address = "127.0.0.1:7403", archive = { "f" } }
camera "cam" { server = "main", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "to-first" { standby = "first", monitor = "main", expect_reconnection = "1 s" }
failover "to-second" { standby = "second", monitor = "main", expect_reconnection = "1 s" }
