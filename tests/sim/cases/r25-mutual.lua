volume "disk-l" { path = "/srv/l", size = "1 TiB" }
volume "disk-r" { path = "/srv/r", size = "1 TiB" }
server "left"  { address = "127.0.0.1:7401", archive = { "disk-l" } }
server "right" { address = "127.0.0.1:7402", archive = { "disk-r" } }
camera "cam-l" { server = "left", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
camera "cam-r" { server = "right", url = "rtsp://127.0.0.1:8602/s", arm = "cold" }
failover "left-to-right" { standby = "right", monitor = "left", expect_reconnection = "5 s" }
failover "right-to-left" { standby = "left", monitor = "right", expect_reconnection = "5 s" }
