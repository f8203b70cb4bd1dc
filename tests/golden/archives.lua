volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "both" { path = "/srv/b", nas = "/mnt/b", size = "1 TiB" }
volume "neither" { size = "1 TiB" }
volume "relative" { path = "srv/../etc", size = "1 TiB" }
volume "nas-1" { nas = "/mnt/n", size = "1 TiB" }
volume "nas-2" { nas = "/mnt/n", size = "1 TiB" }
volume "same" { path = "/srv/a", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400" }
server "omega" { address = "10.0.0.12:7400" }
server "beta" { address = "10.0.0.13:7400", archive = { "disk-a", "disk-a" }, fallback = "same" }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
