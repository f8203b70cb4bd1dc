-- One main, one standby, and a coordinator that decides between them (R30).
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.13:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/1", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
