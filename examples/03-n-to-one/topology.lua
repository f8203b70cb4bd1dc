-- Six mains and one standby. It can carry two of them at once, so a failover manager holds it to two (R14): a third main that
-- dies waits until one of the two is back (R15), and mains with a higher priority wait less (R37).

volume "disk-omega" { path = "/srv/omega", size = "40 TiB" }

server "omega" {
  address  = "10.0.0.20:7400",
  archive  = { "disk-omega" },
  capacity = { cameras = 40, network = "200 Mbit/s" },
}

local place = { "gate", "hall", "store", "yard", "roof", "lab" }
for i, name in ipairs(place) do
  volume("disk-" .. name) { path = "/srv/" .. name, size = "8 TiB" }
  server(name) {
    address  = "10.0.0." .. 10 + i .. ":7400",
    archive  = { "disk-" .. name },
    priority = name == "gate" and 10 or 0,
  }
  for k = 1, 16 do
    camera(name .. "-" .. k) {
      server = name, url = "rtsp://10.0." .. i .. "." .. 100 + k .. "/stream1", rate = "4 Mbit/s",
    }
  end
  failover(name .. "-to-omega") { standby = "omega", monitor = name, expect_reconnection = "15 s" }
end

failover_manager "two-at-once" { max_running = 2, standby = "omega" }
