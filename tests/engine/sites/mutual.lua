-- Two servers that watch each other (R25), one of them with transfer_if_no_ping (R19).
volume "a" { path = "/srv/a", size = "1 TiB" }
volume "b" { path = "/srv/b", size = "1 TiB" }
server "left" { address = "127.0.0.1:7401", archive = { "a" } }
server "right" { address = "127.0.0.1:7402", archive = { "b" } }
camera "cam-l" { server = "left", url = "rtsp://127.0.0.1:8601/s" }
camera "cam-r" { server = "right", url = "rtsp://127.0.0.1:8602/s", sessions = 1 }
failover "left-to-right" { standby = "right", monitor = "left", expect_reconnection = "2 s", transfer_if_no_ping = true }
failover "right-to-left" { standby = "left", monitor = "right", expect_reconnection = "0 s" }
