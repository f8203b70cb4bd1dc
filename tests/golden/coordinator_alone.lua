-- A coordinator of one member that anybody may use.
volume "disk" { path = "/srv/a", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk" } }
camera "a" { server = "alpha", url = "rtsp://10.0.1.1/s" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
coordinator { etcd = { "http://10.0.0.31:2379" }, when_unreachable = "hold" }
