-- Settings of time that defeat each other, with two standbys for one main (R24).
volume "vault" { nas = "/mnt/vault", size = "20 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" }, ask_wait = "2 s" }
server "omega" { address = "10.0.0.12:7400", archive = { "vault" } }
server "psi" { address = "10.0.0.13:7400", archive = { "vault" } }
camera "a" { server = "alpha", url = "rtsp://10.0.1.1/s", arm = "cold" }
failover "first" { standby = "omega", monitor = "alpha", expect_reconnection = "60 s", priority = 1 }
failover "second" { standby = "psi", monitor = "alpha", expect_reconnection = "5 s" }
site { heartbeat = "3 s", lease = "12 s", licence_bound = true, grace = "2 d", repair = "3 d" }
