-- How often START and STOP are published is counted for each failover.
include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "0 s" }
