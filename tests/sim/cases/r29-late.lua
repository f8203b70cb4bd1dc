-- A standby that stood still judges nobody dead on what it missed: it begins to wait when it is awake.
include "pair.lua"
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
