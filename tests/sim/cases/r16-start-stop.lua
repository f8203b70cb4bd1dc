-- How often START and STOP are published is counted for each failover, and each runs its hook.
include "pair.lua"
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "0 s",
  on_start = { "/usr/local/bin/notify", "--text", "a \"b\" $(c) %s" }, on_stop = "/usr/local/bin/notify" }
