-- A return that waits for an operator (R28), with a standby's own limit.
volume "d" { path = "/srv/d", size = "1 TiB" }
server "one" { address = "127.0.0.1:7401", archive = { "d" } }
server "two" { address = "127.0.0.1:7402", archive = { "d" } }
server "spare" { address = "127.0.0.1:7403", archive = { "d" } }
camera "cam-1" { server = "one", url = "rtsp://127.0.0.1:8601/s" }
camera "cam-2" { server = "two", url = "rtsp://127.0.0.1:8602/s", sessions = 1 }
failover "one-to-spare" { standby = "spare", monitor = "one", expect_reconnection = "2 s", failback = "manual" }
failover "two-to-spare" {
  standby = "spare", monitor = "two", expect_reconnection = "2 s", failback = "manual", transfer_if_no_ping = true,
}
failover_manager "limit" { max_running = 1, standby = "spare" }
