site { heartbeat = "0.5 s", start = "1s", misses = "4" }
volume "v1" { path = "/srv/1", size = "4 Gb" }
volume "v2" { path = "/srv/2", size = "9999999 PiB" }
volume "v3" { path = "/srv/3", size = "99999999999999999999 B" }
volume "v4" { path = "/srv/4", size = "-4 TiB" }
volume "v5" { path = "/srv/5", size = "1 TiB 5 GiB" }
volume "v6" { path = "/srv/6", size = "" }
server "alpha" { address = "a:1", archive = { "v1" }, ask_wait = "30 min 1 h", capacity = { network = "1 Gbit", cameras = 2.5 } }
