-- alpha records two cameras; omega and psi watch it, in this order (R24), and each other.
volume "disk-a" { path = "/srv/a", size = "1 TiB" }
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
volume "disk-p" { path = "/srv/p", size = "1 TiB" }
server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" } }
server "psi"   { address = "127.0.0.1:7402", archive = { "disk-p" } }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
