-- A server without a network does not reach its NAS, but its own disk; the camera is on the network too.
volume "vault" { nas = "/mnt/vault", size = "1 TiB" }
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" }, fallback = "disk-a" }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
