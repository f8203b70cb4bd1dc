-- Several standbys of one main (R23, R24), one of them for a part of it, and licences that run out.
site { licence_bound = true, grace = "1 min" }
volume "d" { path = "/srv/d", size = "1 TiB" }
server "one" { address = "127.0.0.1:7401", archive = { "d" } }
server "left" { address = "127.0.0.1:7402", archive = { "d" } }
server "right" { address = "127.0.0.1:7403", archive = { "d" } }
server "last" { address = "127.0.0.1:7404", archive = { "d" } }
camera "cam-1" { server = "one", url = "rtsp://127.0.0.1:8601/s" }
camera "cam-2" { server = "one", url = "rtsp://127.0.0.1:8602/s", sessions = 1 }
failover "one-to-left" { standby = "left", monitor = "one", expect_reconnection = "2 s" }
failover "one-to-right" { standby = "right", monitor = "one", expect_reconnection = "1 s", hold_down = "3 s", transfer_if_no_ping = true }
failover "one-to-last" { standby = "last", monitor = "one", expect_reconnection = "1 s", failback = "manual", objects = { "cam-1" } }
