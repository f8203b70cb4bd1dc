-- Without a site, its defaults are held against what was measured; a figure is a duration of a millisecond at least.
volume "vault" { nas = "/mnt/vault", size = "20 TiB", measured = { seen = "30 s" } }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" } }
server "omega" { address = "10.0.0.12:7400", archive = { "vault" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
volume "spare" { nas = "/mnt/spare", size = "20 TiB", measured = { seen = 30, claims = "1 s", renewal = "0 s" } }
