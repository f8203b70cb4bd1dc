-- One slot, two mains: the warm camera of the one that is queued is read into memory all that time.
volume "disk" { path = "/srv/d", size = "1 TiB" }
server "main-1" { address = "127.0.0.1:7401", archive = { "disk" } }
server "main-2" { address = "127.0.0.1:7402", archive = { "disk" } }
server "omega"  { address = "127.0.0.1:7411", archive = { "disk" }, capacity = { cameras = 2, network = "10 Mbit/s" } }
camera "own"    { server = "omega", url = "rtsp://127.0.0.1:8600/s", rate = "1 Mbit/s" }
camera "cold-1" { server = "main-1", url = "rtsp://127.0.0.1:8601/s", rate = "4 Mbit/s", arm = "cold" }
camera "warm-2" { server = "main-2", url = "rtsp://127.0.0.1:8602/s", rate = "6 Mbit/s" }
failover "f-1" { standby = "omega", monitor = "main-1", expect_reconnection = "1 s" }
failover "f-2" { standby = "omega", monitor = "main-2", expect_reconnection = "2 s" }
failover_manager "limit" { max_running = 1 }
