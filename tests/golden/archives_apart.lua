-- Where footage lies, and what hangs on one thing: R6, R7 and single points of failure.
volume "vault" { nas = "/mnt/vault", size = "20 TiB" }
volume "attic" { nas = "/mnt/attic", size = "20 TiB" }
volume "disk-c" { path = "/srv/c", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" } }
server "beta" { address = "10.0.0.12:7400", archive = { "vault" } }
server "gamma" { address = "10.0.0.13:7400", archive = { "disk-c" } }
server "delta" { address = "10.0.0.14:7400", archive = { "attic" } }
server "omega" { address = "10.0.0.15:7400", archive = { "vault" } }
server "psi" { address = "10.0.0.13:7401", archive = { "disk-o" } }
camera "a" { server = "alpha", url = "rtsp://10.0.1.1/s" }
camera "b" { server = "beta", url = "rtsp://10.0.1.2/s" }
camera "c-1" { server = "gamma", url = "rtsp://10.0.1.3/s" }
camera "c-2" { server = "gamma", url = "rtsp://10.0.1.4/s" }
camera "d" { server = "delta", url = "rtsp://10.0.1.5/s" }
failover "a-o" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "b-o" { standby = "omega", monitor = "beta", expect_reconnection = "5 s" }
failover "c-p" { standby = "psi", monitor = "gamma", expect_reconnection = "5 s", objects = { "c-1" } }
failover "d-p" { standby = "psi", monitor = "delta", expect_reconnection = "5 s" }
