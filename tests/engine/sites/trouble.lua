-- Mains that are alive and do not record are a reason as well (R36), under a limit, with a failover that begins disabled.
site { licence_bound = true, grace = "1 min" }
volume "d" { nas = "/srv/d", size = "1 TiB" }
server "one" { address = "127.0.0.1:7401", archive = { "d" } }
server "two" { address = "127.0.0.1:7402", archive = { "d" } }
server "spare" { address = "127.0.0.1:7403", archive = { "d" } }
server "other" { address = "127.0.0.1:7404", archive = { "d" } }
camera "cam-1" { server = "one", url = "rtsp://127.0.0.1:8601/s" }
camera "cam-2" { server = "two", url = "rtsp://127.0.0.1:8602/s", sessions = 1 }
camera "cam-3" { server = "two", url = "rtsp://127.0.0.1:8603/s" }
failover "one-to-spare" { standby = "spare", monitor = "one", expect_reconnection = "2 s", also_on = { "storage", "recording" } }
failover "two-to-spare" { standby = "spare", monitor = "two", expect_reconnection = "0 s", also_on = { "storage", "recording" }, disabled = true, transfer_if_no_ping = true }
failover "two-to-other" { standby = "other", monitor = "two", expect_reconnection = "0 s", hold_down = "3 s", also_on = { "storage" } }
failover_manager "limit" { max_running = 2, on = "spare" }
