-- Waits run on the monotonic clock: a wall clock that jumps changes none of them.
include "pair.lua"
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
