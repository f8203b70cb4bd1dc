volume "disk" { nas = "/mnt/a", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
