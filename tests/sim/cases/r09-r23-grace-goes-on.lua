include "three.lua"
site { licence_bound = true, grace = "1 min" }
failover "to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "10 s" }
failover "to-psi"   { standby = "psi", monitor = "alpha", expect_reconnection = "10 s" }
