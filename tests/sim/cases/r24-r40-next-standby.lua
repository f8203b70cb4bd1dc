include "three.lua"
failover "to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "10 s", retry_for = "20 s" }
failover "to-psi"   { standby = "psi", monitor = "alpha", expect_reconnection = "10 s", retry_for = "20 s" }
