-- One main and two standbys, omega before psi (R23, R24), on one NAS: the site of examples/05-two-standbys.
site { lease = "3 s" }
volume "vault"  { nas  = "/srv/vault", size = "1 GiB", reserve = "16 MiB" }
volume "disk-o" { path = "/srv/disk-o", size = "1 GiB", reserve = "16 MiB" }
volume "disk-p" { path = "/srv/disk-p", size = "1 GiB", reserve = "16 MiB" }

server "alpha" { address = "10.77.0.1:7400", archive = { "vault" } }
server "omega" { address = "10.77.0.2:7400", archive = { "vault" }, fallback = "disk-o" }
server "psi"   { address = "10.77.0.3:7400", archive = { "vault" }, fallback = "disk-p" }

camera "hall" { server = "alpha", url = "rtsp://10.77.1.1:8554/stream1" }
camera "door" { server = "alpha", url = "rtsp://10.77.1.2:8554/stream1" }

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "3 s", priority = 1 }
failover "alpha-to-psi"   { standby = "psi", monitor = "alpha", expect_reconnection = "3 s" }
