-- A camera that delivers nothing is nobody's fault but its own, whoever is to record it.
include "pair.lua"
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
