-- A main without a network is lost to its standby like a dead one; back, it takes its cameras again.
include "pair.lua"
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
