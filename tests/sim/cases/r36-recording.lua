-- A main that says that nothing of a camera reaches its disk is a reason as well, if the camera delivers to the standby.
include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", also_on = { "recording" } }
