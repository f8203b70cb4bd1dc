-- A main that stands still is taken over. It wakes unaware, records beside its carrier, and hears of it.
include "pair.lua"
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
