server "alpha" { address = 7400, archive = "disk", fallback = { "x" }, priority = "3" }
server "omega" { address = true, archive = { 1, { "x" }, name = "y" }, capacity = 5, ask_wait = {} }
camera "c" { server = print, url = server, sessions = 0, arm = "lukewarm" }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s",
  transfer_if_no_ping = "yes", failback = true, objects = "some", "stray", [7] = "x" }
