include "pair.lua"
site { licence_bound = true, grace = "3 d" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
