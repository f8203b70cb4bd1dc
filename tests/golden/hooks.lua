-- A hook is a program by its absolute path, alone or in a list with its arguments (R16).
site { on_alarm = { "notify", "--site", "north" } }
volume "disk-a" { path = "/srv/a", size = "4 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "disk-a" } }
server "omega" { address = "10.0.0.12:7400", archive = { "disk-o" } }
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1" }
local many = { "/bin/mail" }
for i = 1, 32 do many[#many + 1] = "x" end
failover "a" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s",
  on_start = "mail", on_stop = "/bin/sh -c 'rm -rf /'/../x" }
server "beta" { address = "10.0.0.14:7400", archive = { "disk-o" } }
camera "yard" { server = "beta", url = "rtsp://10.0.1.23/s" }
failover "b" { standby = "omega", monitor = "beta", expect_reconnection = "5 s", on_start = many,
  on_stop = { "/bin/mail", 7, "a\nb", "" } }
failover "c" { standby = "alpha", monitor = "beta", expect_reconnection = "5 s", on_start = 7,
  on_stop = { program = "/bin/mail" } }
failover "d" { standby = "alpha", monitor = "omega", expect_reconnection = "5 s", on_start = {},
  on_stop = { "/bin/mail", "; rm -rf /", "$(reboot)", "`x`", "été", "\"'\\" } }
