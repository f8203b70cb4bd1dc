-- A main that is cut from its standby and from the coordinator, and goes on recording: its claim lapses, so both record, each under its epoch.
include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
coordinator { etcd = { "http://10.0.0.21:2379", "http://10.0.0.22:2379", "http://10.0.0.23:2379" } }
