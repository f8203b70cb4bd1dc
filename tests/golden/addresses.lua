volume "v" { path = "/srv/v", size = "1 TiB" }
server "a" { address = "10.0.0.11" }
server "b" { address = "10.0.0.11:0" }
server "c" { address = "10.0.0.11:65536" }
server "d" { address = ":7400" }
server "e" { address = "host name:7400" }
server "f" { address = "tcp://host:7400" }
server "g" { address = "[fe80::1]:7400" }
server "h" { address = "recorder-1.example:7400" }
server "i" { address = "recorder-1.example:7400" }
