-- Two standbys that cannot see each other: the coordinator lets one of them carry alpha.
include "pair.lua"
server "gamma" { address = "127.0.0.1:7403", archive = { "disk-o" } }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "g" { standby = "gamma", monitor = "alpha", expect_reconnection = "5 s" }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
