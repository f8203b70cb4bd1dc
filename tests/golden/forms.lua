volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "20 s" }
server { address = "a:1" }
server(3) { address = "a:1" }
site "x" { misses = 3 }
camera("a", "b")
local twice = volume "v"
twice { path = "/srv/v", size = "1 GiB" }
twice { path = "/srv/w", size = "1 GiB" }
volume "w" "v"
local kept = server "kept"
kept { address = "k:1" }
kept { address = "k:2" }
