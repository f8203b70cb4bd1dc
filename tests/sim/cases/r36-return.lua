-- A main that comes back and does not record: the return is broken off, and begins anew when it can.
include "pair.lua"
camera "once" { server = "alpha", url = "rtsp://127.0.0.1:8603/s", sessions = 1, arm = "cold" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s", also_on = { "storage", "recording" } }
