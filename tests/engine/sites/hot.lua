-- Cameras that a standby holds in memory all the time, and one that it does not.
volume "d" { path = "/srv/d", size = "1 TiB" }
server "main" { address = "127.0.0.1:7401", archive = { "d" } }
server "spare" { address = "127.0.0.1:7402", archive = { "d" } }
camera "hot" { server = "main", url = "rtsp://127.0.0.1:8601/s", arm = "hot" }
camera "warm" { server = "main", url = "rtsp://127.0.0.1:8602/s" }
failover "main-to-spare" { standby = "spare", monitor = "main", expect_reconnection = "2 s" }
