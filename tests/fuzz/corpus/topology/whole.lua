site { heartbeat = "500 ms", misses = 4 }
volume "v" { path = "/srv/v", size = "1 GiB" }
volume "n" { nas = "/mnt/n", size = "1 TiB", reserve = "0 B" }
server "a" { address = "127.0.0.1:7401", archive = { "n" }, fallback = "v", capacity = { cameras = 4, network = "1 Gbit/s" } }
server "b" { address = "[::1]:7402", archive = { "n" } }
for i = 1, 3 do camera("c-" .. i) { server = "a", url = "rtsp://127.0.0.1/" .. i, rate = "4 Mbit/s" } end
failover "f" { standby = "b", monitor = "a", expect_reconnection = "5 s", objects = range("c-", 1, 2), failback = "manual" }
failover_manager "m" { max_running = 1, standby = "b" }
