-- A main and its standby, each with a disk of its own, and three members of etcd on machines of their own that decide who records
-- alpha's cameras (R30, R38).
site { lease = "3 s", claim = "2 s" }
volume "disk-a" { path = "/srv/disk-a", size = "1 GiB", reserve = "16 MiB" }
volume "disk-o" { path = "/srv/disk-o", size = "1 GiB", reserve = "16 MiB" }

server "alpha" { address = "10.77.0.1:7400", archive = { "disk-a" } }
server "omega" { address = "10.77.0.2:7400", archive = { "disk-o" } }

camera "lobby" { server = "alpha", url = "rtsp://10.77.1.1:8554/stream1" }
camera "gate"  { server = "alpha", url = "rtsp://10.77.1.2:8554/stream1", arm = "cold" }

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "3 s" }

coordinator { etcd = { "http://10.77.3.1:2379", "http://10.77.3.2:2379", "http://10.77.3.3:2379" } }
