-- Both record on one NAS; every change of hands is an epoch of its own, and a writer's folder with it.
volume "vault" { nas = "/mnt/vault", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" } }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "0 s" }
