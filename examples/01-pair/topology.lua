-- The smallest useful site: alpha records three cameras, and omega takes over when alpha is lost.
-- Everything is on one machine here; the cameras are those that `make demo` starts.

volume "disk-a" { path = "/tmp/understudy-demo/disk-a", size = "2 GiB", reserve = "100 MiB" }
volume "disk-o" { path = "/tmp/understudy-demo/disk-o", size = "2 GiB", reserve = "100 MiB" }

server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" } }

camera "lobby" { server = "alpha", url = "rtsp://127.0.0.1:8601/stream1", arm = "warm" }
camera "gate"  { server = "alpha", url = "rtsp://127.0.0.1:8602/stream1", arm = "cold" }
camera "yard"  { server = "alpha", url = "rtsp://127.0.0.1:8603/stream1", arm = "warm" }

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
