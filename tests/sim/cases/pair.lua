-- The site of most cases: alpha records two cameras; a case says how omega watches it.
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
camera "warm" { server = "alpha", url = "rtsp://127.0.0.1:8602/s", arm = "warm" }
