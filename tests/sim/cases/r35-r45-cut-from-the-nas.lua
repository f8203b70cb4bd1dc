-- Both record on one volume on the network, each with a disk to fall back on; one server alone is cut from it.
volume "vault"  { nas  = "/mnt/vault", size = "1 TiB" }
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" }, fallback = "disk-a" }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "2 s" }
