-- A campus of 25 buildings, written with loops: 300 servers, 4400 cameras. Each building has 11 mains and one standby, which
-- share the building's NAS. A standby carries at most two of its mains at once; `understudy check` computes the load. It has a
-- disk of its own for the time when the NAS is away.

local buildings, mains, cameras = 25, 11, 16

for b = 1, buildings do
  local building = "b" .. b
  local vault, disk, standby = building .. "-vault", building .. "-disk", building .. "-standby"
  volume(vault) { nas = "/mnt/" .. vault, size = "400 TiB" }
  volume(disk) { path = "/srv/archive", size = "8 TiB" }

  server(standby) {
    address  = "10." .. b .. ".0.10:7400",
    archive  = { vault },
    fallback = disk,
    capacity = { cameras = 32, network = "1 Gbit/s" },
  }
  failover_manager(building .. "-limit") { max_running = 2, standby = standby }

  for m = 1, mains do
    local main = building .. "-main-" .. m
    server(main) { address = "10." .. b .. ".0." .. 10 + m .. ":7400", archive = { vault } }
    for c = 1, cameras do
      camera(main .. "-cam-" .. c) {
        server = main, url = "rtsp://10." .. b .. "." .. m .. "." .. 100 + c .. "/stream1", rate = "4 Mbit/s",
      }
    end
    failover(main .. "-failover") { standby = standby, monitor = main, expect_reconnection = "20 s" }
  end
end
