-- What was measured of a storage that servers share is a limit to their times; of one that nobody shares it is none.
site { heartbeat = "200 ms", lease = "2 s" }
volume "vault" {
  nas = "/mnt/vault", size = "20 TiB",
  measured = { renewal = "340 ms", seen = "3 s", claim = "2 s 500 ms" },
}
volume "quick" { nas = "/mnt/quick", size = "20 TiB", measured = { renewal = "12 ms", seen = "40 ms", claim = "15 ms" } }
volume "alone" { nas = "/mnt/alone", size = "20 TiB", measured = { seen = "1 min" } }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault", "quick", "alone" } }
server "omega" { address = "10.0.0.12:7400", archive = { "vault", "quick" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
