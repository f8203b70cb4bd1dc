-- The coordinator counts the slots of the whole site: where the host of the manager is out of reach, the limit holds all the same.
include "pair.lua"
server "beta"  { address = "127.0.0.1:7402", archive = { "disk-a" } }
server "gamma" { address = "127.0.0.1:7403", archive = { "disk-o" } }
camera "other" { server = "beta", url = "rtsp://127.0.0.1:8603/s", arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "g" { standby = "gamma", monitor = "beta", expect_reconnection = "5 s" }
failover_manager "limit" { max_running = 1, on = "omega", when_unreachable = "hold" }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
