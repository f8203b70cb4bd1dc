-- One main, one standby; a warm, a cold and a one-reader camera, and one that no failover lists.
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" } }
camera "warm" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "warm" }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8602/s", arm = "cold" }
camera "single" { server = "alpha", url = "rtsp://127.0.0.1:8603/s", sessions = 1 }
camera "alone" { server = "alpha", url = "rtsp://127.0.0.1:8604/s" }
failover "alpha-to-omega" {
  standby = "omega", monitor = "alpha", expect_reconnection = "5 s", objects = { "warm", "cold", "single" },
}
