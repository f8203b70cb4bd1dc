volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = {
  "disk-a",
  "disk-x",
}, fallback = "disc-o" }
camera "lobby" { server = "alpah", url = "rtsp://10.0.1.21/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "beta", expect_reconnection = "20 s" }
server "small" { address = "10.0.0.19:7400", archive = { "disk-a" }, capacity = { cameras = 1 } }
failover "of-nobody" { standby = "small", monitor = "nobody", objects = { "lobby", "gate" }, expect_reconnection = "1 s" }
