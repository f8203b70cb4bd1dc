-- All share one volume on the network, which counts the slots of the whole site: where the host of the manager is out of reach, the limit
-- holds all the same.
volume "vault"  { nas  = "/mnt/vault", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "vault" } }
server "beta"  { address = "127.0.0.1:7402", archive = { "vault" } }
server "omega" { address = "127.0.0.1:7401", archive = { "vault" } }
server "gamma" { address = "127.0.0.1:7403", archive = { "vault" } }
camera "cold"  { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
camera "other" { server = "beta", url = "rtsp://127.0.0.1:8603/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "g" { standby = "gamma", monitor = "beta", expect_reconnection = "5 s" }
failover_manager "limit" { max_running = 1, on = "omega", when_unreachable = "hold" }
