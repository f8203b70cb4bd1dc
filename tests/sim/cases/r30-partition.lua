include "pair.lua"
camera "one" { server = "alpha", url = "rtsp://127.0.0.1:8603/s", sessions = 1 }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
