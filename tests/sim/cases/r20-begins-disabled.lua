include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", disabled = true }
