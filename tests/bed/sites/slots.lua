-- Two mains, each with a standby of its own, all on one NAS, and a limit for both that is counted on omega and on the NAS (R14, R30).
site { lease = "3 s" }
volume "vault" { nas = "/srv/vault", size = "1 GiB", reserve = "16 MiB" }

server "alpha" { address = "10.77.0.1:7400", archive = { "vault" } }
server "beta"  { address = "10.77.0.2:7400", archive = { "vault" } }
server "omega" { address = "10.77.0.3:7400", archive = { "vault" } }
server "gamma" { address = "10.77.0.4:7400", archive = { "vault" } }

camera "lobby" { server = "alpha", url = "rtsp://10.77.1.1:8554/stream1" }
camera "gate"  { server = "beta", url = "rtsp://10.77.1.2:8554/stream1", arm = "cold" }

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "3 s" }
failover "beta-to-gamma"  { standby = "gamma", monitor = "beta", expect_reconnection = "3 s" }
failover_manager "limit"  { max_running = 1, on = "omega", when_unreachable = "hold" }
