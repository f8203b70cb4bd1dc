include "pair.lua"
camera "hot" { server = "alpha", url = "rtsp://127.0.0.1:8603/s", arm = "hot" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
