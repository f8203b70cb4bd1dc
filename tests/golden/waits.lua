server "alpha" { address = "a:1" }
server "omega" { address = "o:1", archive = {} }
failover "f1" { standby = "omega", monitor = "alpha", expect_reconnection = "65536 s" }
failover "f2" { standby = "omega", monitor = "alpha", expect_reconnection = "1500 ms" }
failover "f3" { standby = "omega", monitor = "alpha", expect_reconnection = "18 h 12 min 15 s" }
failover "f4" { standby = "omega", monitor = "alpha" }
