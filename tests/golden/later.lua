volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
site { lease = "8 s", time_zone = "UTC" }
coordinator { etcd = { "http://10.0.0.1:2379" } }
camera "yard" { server = "alpha", url = "rtsp://10.0.1.23/s", arm = "hot", keep = "30 d", credentials = "door" }
server "beta" { address = "10.0.0.14:7400", witness = { "10.0.0.1" } }
failover "beta-to-omega" { standby = "omega", monitor = "beta", expect_reconnection = "5 s",
  also_on = { "storage" }, retry_for = "60 s", disabled = true, on_start = "mail", on_stop = "mail" }
