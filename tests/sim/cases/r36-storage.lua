-- A main that says that it has no volume left is a reason as well.
include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", also_on = { "storage" } }
