-- Two standbys watch one main, and a coordinator decides who carries it (R30).
volume "disk"   { path = "/srv/disk", size = "1 TiB" }
volume "disk-o" { path = "/srv/disk-o", size = "1 TiB" }
volume "disk-p" { path = "/srv/disk-p", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
server "psi"   { address = "10.0.0.13:7400", archive = { "disk-p" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/1" }
failover "first"  { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "second" { standby = "psi", monitor = "alpha", expect_reconnection = "5 s" }
coordinator { etcd = { "http://10.0.2.1:2379" } }
