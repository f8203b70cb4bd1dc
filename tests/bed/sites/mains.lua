-- Three mains and one standby that may carry one of them at a time; gate goes first (R14, R15, R37): the site of
-- examples/03-n-to-one.
volume "disk-o" { path = "/srv/disk-o", size = "1 GiB", reserve = "16 MiB" }
server "omega" { address = "10.77.0.9:7400", archive = { "disk-o" } }

for i, name in ipairs { "gate", "hall", "yard" } do
  volume("disk-" .. name) { path = "/srv/disk-" .. name, size = "1 GiB", reserve = "16 MiB" }
  server(name) {
    address  = "10.77.0." .. i .. ":7400",
    archive  = { "disk-" .. name },
    priority = name == "gate" and 10 or 0,
  }
  camera(name .. "-cam") { server = name, url = "rtsp://10.77.1." .. i .. ":8554/stream1" }
  failover(name .. "-to-omega") { standby = "omega", monitor = name, expect_reconnection = "3 s" }
end

failover_manager "one-at-once" { max_running = 1, standby = "omega" }
