-- Stars: STANDBYS standbys, each with MAINS mains of CAMERAS cameras.
-- usage: lua5.4 star.lua STANDBYS MAINS CAMERAS >topology.lua
io.write((([[
volume "vault" { nas = "/mnt/vault", size = "900 TiB" }
for s = 1, STANDBYS do
  local standby = STANDBYS == 1 and "standby" or "standby-" .. s
  server(standby) { address = "standby-" .. s .. ":7400", archive = { "vault" } }
  for m = 1, MAINS do
    local name = STANDBYS == 1 and "main-" .. m or "main-" .. s .. "-" .. m
    server(name) { address = "host-" .. s .. "-" .. m .. ":7400", archive = { "vault" } }
    for c = 1, CAMERAS do
      camera(name .. "-" .. c) { server = name, url = "rtsp://cam-" .. s .. "-" .. m .. "-" .. c .. "/s", rate = "4 Mbit/s" }
    end
    failover("of-" .. name) { standby = standby, monitor = name, expect_reconnection = "20 s" }
  end
end
]]):gsub("STANDBYS", arg[1]):gsub("MAINS", arg[2]):gsub("CAMERAS", arg[3])))
