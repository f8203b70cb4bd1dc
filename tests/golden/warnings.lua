volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" }, capacity = { cameras = 3, network = "10 Mbit/s", write = "1 MB/s" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "90 s", failback = "manual", hold_down = "5 s" }
site { heartbeat = "100 ms", misses = 2 }
server "beta" { address = "10.0.0.13:7400", archive = { "disk-a" } }
server "gamma" { address = "10.0.0.14:7400", archive = { "disk-a" } }
for i = 1, 3 do camera("yard-" .. i) { server = "beta", url = "rtsp://10.0.2." .. i .. "/s", rate = "4 Mbit/s" } end
failover "gamma-to-omega" { standby = "omega", monitor = "gamma", expect_reconnection = "5 s" }
camera "roof" { server = "omega", url = "rtsp://10.0.3.1/s", rate = "12 Mbit/s" }
camera "roof-2" { server = "omega", url = "rtsp://10.0.3.2/s" }
