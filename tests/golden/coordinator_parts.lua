-- Two standbys carry different cameras of one main: no coordinator decides between them (R30).
volume "a" { path = "/srv/a", size = "1 TiB" }
volume "b" { path = "/srv/b", size = "1 TiB" }
volume "c" { path = "/srv/c", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "b" } }
server "psi" { address = "10.0.0.13:7400", archive = { "c" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/1" }
camera "gate" { server = "alpha", url = "rtsp://10.0.1.22/1" }
failover "first" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", objects = { "lobby" } }
failover "second" { standby = "psi", monitor = "alpha", expect_reconnection = "5 s", objects = { "gate" } }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
