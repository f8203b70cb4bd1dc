-- Every field with a value that is not its default, also what this version refuses.
site { heartbeat = "250 ms", misses = 8, start = "1 s 500 ms", claim = "3 s",
  lease = "9 s", licence_bound = true, grace = "50 d", repair = "3 d 12 h",
  time_zone = "Europe/Berlin", on_alarm = { "/usr/bin/ring", "%s" } }
volume "v" { path = "/srv/v \"1\" \\", size = "1023 MiB", reserve = "3 MB" }
volume "n" { nas = "/mnt/été", size = "20 TiB",
  measured = { renewal = "12 ms", seen = "3 s 1 ms", claim = "15 ms" } }
server "b" { address = "127.0.0.1:7402", archive = { "v" } }
server "a" { address = "127.0.0.1:7401", archive = { "n" }, fallback = "v",
  capacity = { cameras = 64, network = "1 Gbit/s", write = "200 MB/s" },
  ask_wait = "1 min 1 s", priority = -7,
  witness = { "10.0.0.1:80", "[fe80::1]:443" } }
camera "c-2" { server = "a", url = "rtsp://127.0.0.1/2", rate = "1500 kbit/s",
  sessions = 1, arm = "cold", keep = "30 d", credentials = "door" }
camera "c-1" { server = "a", url = "rtsp://127.0.0.1/1" }
failover "f" { standby = "b", monitor = "a", expect_reconnection = "0 s",
  objects = { "c-2" }, priority = 3, transfer_if_no_ping = true, failback = "manual",
  also_on = { "storage", "recording" }, retry_for = "1 s", disabled = true,
  on_start = { "/usr/bin/ring", "--tone", "a\\\"$(b)'; c" }, on_stop = "/usr/bin/be \"quiet\"" }
failover "g" { standby = "a", monitor = "b", expect_reconnection = "1 h 30 min",
  objects = {}, hold_down = "1 d" }
failover_manager "m" { max_running = 2, on = "a", when_unreachable = "hold" }
failover_manager "own" { max_running = 1, standby = "a" }
coordinator { etcd = { "https://10.0.0.1:2379", "https://10.0.0.2:2379", "https://10.0.0.3:2379" },
  ca = "/etc/understudy/ca.pem", cert = "/etc/understudy/c", key = "/etc/understudy/k",
  credentials = "etcd", when_unreachable = "hold" }
