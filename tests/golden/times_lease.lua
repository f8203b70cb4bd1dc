-- A lease that outlives the detection and is renewed once at most.
volume "vault" { nas = "/mnt/vault", size = "20 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" }, ask_wait = "8 s" }
server "omega" { address = "10.0.0.12:7400", archive = { "vault" } }
camera "a" { server = "alpha", url = "rtsp://10.0.1.1/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "60 s" }
site { heartbeat = "6 s", misses = 1 }
