include "pair.lua"
site { licence_bound = true, grace = "1 min" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
