-- Both name one volume on the network: the claims on it decide when the path between the two is gone.
volume "vault" { nas = "/mnt/vault", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" } }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "2 s", transfer_if_no_ping = true }
