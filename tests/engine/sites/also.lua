-- A main that is alive and does not record is a reason as well (R36): each has a volume of its own.
volume "d" { path = "/srv/d", size = "1 TiB" }
volume "e" { path = "/srv/e", size = "1 TiB" }
server "main" { address = "127.0.0.1:7401", archive = { "d" } }
server "standby" { address = "127.0.0.1:7402", archive = { "e" } }
camera "cam-1" { server = "main", url = "rtsp://127.0.0.1:8601/s" }
camera "cam-2" { server = "main", url = "rtsp://127.0.0.1:8602/s", sessions = 1 }
failover "main-to-standby" {
  standby = "standby", monitor = "main", expect_reconnection = "2 s", also_on = { "storage", "recording" },
}
