volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
server "alpha" { address = "10.0.0.13:7400", archive = { "disk-a" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.23/stream1" }
site { }
site { misses = 3 }
