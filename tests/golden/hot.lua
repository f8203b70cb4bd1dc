-- A hot camera is read all the time by whoever may have to record it; memory holds a minute of it.
volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
volume "disk-p" { path = "/srv/p", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
server "psi" { address = "10.0.0.13:7400", archive = { "disk-p" } }
camera "single" { server = "alpha", url = "rtsp://10.0.1.1/s", arm = "hot", sessions = 1 }
camera "usual" { server = "alpha", url = "rtsp://10.0.1.2/s", arm = "hot" }
camera "three" { server = "alpha", url = "rtsp://10.0.1.3/s", arm = "hot", sessions = 3 }
camera "alone" { server = "omega", url = "rtsp://10.0.1.4/s", arm = "hot", sessions = 1 }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "59 s" }
failover "alpha-to-psi" { standby = "psi", monitor = "alpha", expect_reconnection = "20 s", objects = { "usual", "three" } }
