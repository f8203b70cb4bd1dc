volume "v" { path = "/srv/v", size = "1 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "v" } }
server "omega" { address = "10.0.0.12:7400", archive = { "v" } }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
camera "a" { server = "alpha", url = "ftp://10.0.1.1/s" }
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
-- All that a recorder opens, and what looks like it.
camera "l" { server = "alpha", url = "rtsps://10.0.1.2/s" }
camera "m" { server = "alpha", url = "http://10.0.1.3/video.mjpg" }
camera "n" { server = "alpha", url = "https://cam-4.example/ts" }
camera "o" { server = "alpha", url = "udp://239.0.0.5:5000" }
camera "p" { server = "alpha", url = "rtp://[ff15::6]:5004" }
camera "q" { server = "alpha", url = "file:yard.ts" }
camera "r" { server = "alpha", url = "udp://0.0.0.0:5000" }
camera "s" { server = "alpha", url = "udp://cam-7:5000" }
camera "t" { server = "alpha", url = "rtp://239.0.0.8" }
camera "u" { server = "alpha", url = "rtp://239.0.0.8:5000/s" }
camera "v" { server = "alpha", url = "rtp://[::]:5000" }
camera "w" { server = "alpha", url = "file:../yard.ts" }
camera "x" { server = "alpha", url = "file:.hidden" }
camera "y" { server = "alpha", url = "https://admin:secret@10.0.1.9/s", credentials = "door" }
