-- The manager's count is kept by a third server, which the standby cannot see when the main dies.
include "pair.lua"
server "third" { address = "127.0.0.1:7402", archive = { "disk-o" } }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover_manager "limit" { max_running = 1, on = "third", when_unreachable = "hold" }
