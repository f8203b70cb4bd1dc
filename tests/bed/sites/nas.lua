-- A main and its standby on one NAS, each with a disk of its own to fall back on (R6, R35, R45): the site of examples/02-shared-nas.
site { lease = "3 s" }
volume "vault"  { nas  = "/srv/vault", size = "1 GiB", reserve = "16 MiB" }
volume "disk-a" { path = "/srv/disk-a", size = "1 GiB", reserve = "16 MiB" }
volume "disk-o" { path = "/srv/disk-o", size = "1 GiB", reserve = "16 MiB" }

server "alpha" { address = "10.77.0.1:7400", archive = { "vault" }, fallback = "disk-a" }
server "omega" { address = "10.77.0.2:7400", archive = { "vault" }, fallback = "disk-o" }

camera "lobby" { server = "alpha", url = "rtsp://10.77.1.1:8554/stream1" }
camera "till"  { server = "alpha", url = "rtsp://10.77.1.2:8554/stream1", arm = "cold", sessions = 1 }

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "3 s" }
