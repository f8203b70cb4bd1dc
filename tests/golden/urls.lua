volume "v" { path = "/srv/v", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "v" } }
server "omega" { address = "10.0.0.12:7400", archive = { "v" } }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
camera "a" { server = "alpha", url = "http://10.0.1.1/s" }
camera "b" { server = "alpha", url = "rtsp://admin:secret@10.0.1.1/s" }
camera "c" { server = "alpha", url = "rtsp:///s" }
camera "d" { server = "alpha", url = "rtsp://10.0.1.1:99999/s" }
camera "e" { server = "alpha", url = "rtsp://10.0.1.1/s --sout=x" }
camera "f" { server = "alpha", url = "rtsp://10.0.1.1/\"quoted\"" }
camera "g" { server = "alpha", url = "file:///etc/passwd" }
camera "h" { server = "alpha", url = "rtsp://10.0.1.1/same" }
camera "i" { server = "alpha", url = "rtsp://10.0.1.1/same" }
camera "j" { server = "alpha", url = "rtsp://10.0.1.1:554/s?channel=1&subtype=0@x" }
camera "k" { server = "alpha", url = "rtsp://[fe80::1]:554/s" }
