volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s", retry_for = "60 s", disabled = false }
site {
  claim = "3 s", lease = "9 s",
  licence_bound = true, grace = "50 d",
  time_zone = "Europe/Berlin",
}
coordinator { etcd = { "http://10.0.0.1:2379" } }
camera "yard" { server = "alpha", url = "rtsp://10.0.1.23/s" }
server "beta" { address = "10.0.0.14:7400", witness = { "10.0.0.1:80" } }
failover "beta-to-omega" { standby = "omega", monitor = "beta", expect_reconnection = "5 s",
  also_on = { "storage" }, retry_for = "61 s", disabled = true }
