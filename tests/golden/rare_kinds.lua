-- Kinds, units, limits and meaning of what few sites use.
site { claim = 3, lease = "500 ms", licence_bound = "yes", grace = "1 s", time_zone = "../../etc/passwd" }
server "alpha" { address = "10.0.0.11:7400", witness = { "10.0.0.1", "10.0.0.1:80", 7 } }
server "omega" { address = "10.0.0.12:7400", witness = "10.0.0.1:80" }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/s", keep = "1 min", credentials = "no secret", arm = "hott" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s",
  also_on = { "storage", "fire" }, retry_for = "2 d", disabled = 1 }
coordinator { etcd = { "10.0.0.1:2379", "https://10.0.0.2:2379" }, cert = "cert.pem" }
coordinator { etcd = "x", ca = "/ca.pem" }
