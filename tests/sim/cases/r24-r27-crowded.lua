-- Two standbys carry one main behind a cut between them, and its camera accepts no third reader.
for _, name in ipairs { "disk-m", "disk-f", "disk-s" } do volume(name) { path = "/srv/" .. name, size = "1 TiB" } end
server "main"   { address = "127.0.0.1:7400", archive = { "disk-m" } }
server "first"  { address = "127.0.0.1:7401", archive = { "disk-f" } }
server "second" { address = "127.0.0.1:7402", archive = { "disk-s" } }
camera "two"   { server = "main", url = "rtsp://127.0.0.1:8601/s", arm = "cold", sessions = 2 }
camera "three" { server = "main", url = "rtsp://127.0.0.1:8602/s", arm = "cold", sessions = 3 }
failover "f" { standby = "first", monitor = "main", expect_reconnection = "5 s" }
failover "s" { standby = "second", monitor = "main", expect_reconnection = "10 s" }
