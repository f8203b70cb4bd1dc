include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", transfer_if_no_ping = true }
