-- Two standbys of one main.
volume "d" { path = "/srv/d", size = "1 TiB" }
server "main"   { address = "127.0.0.1:7401", archive = { "d" } }
server "first"  { address = "127.0.0.1:7402", archive = { "d" } }
server "second" { address = "127.0.0.1:7403", archive = { "d" } }
camera "cam" { server = "main", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "to-first"  { standby = "first", monitor = "main", expect_reconnection = "5 s" }
failover "to-second" { standby = "second", monitor = "main", expect_reconnection = "5 s" }
