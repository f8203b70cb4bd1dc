-- Two servers, each with cameras of its own, each the standby of the other (R25): no machine stands idle. Each is declared with
-- room for the cameras of both, and `understudy check` computes whether that is enough.

volume "disk-east" { path = "/srv/east", size = "12 TiB" }
volume "disk-west" { path = "/srv/west", size = "12 TiB" }

local capacity = { cameras = 32, network = "200 Mbit/s" }
server "east" { address = "10.0.0.11:7400", archive = { "disk-east" }, capacity = capacity }
server "west" { address = "10.0.0.12:7400", archive = { "disk-west" }, capacity = capacity }

for i = 1, 16 do
  camera("east-" .. i) { server = "east", url = "rtsp://10.0.1." .. 100 + i .. "/stream1", rate = "4 Mbit/s" }
  camera("west-" .. i) { server = "west", url = "rtsp://10.0.2." .. 100 + i .. "/stream1", rate = "4 Mbit/s" }
end

-- After a power cut both servers start together. Neither takes over a neighbour that it has not yet seen alive (R19).
failover "east-to-west" { standby = "west", monitor = "east", expect_reconnection = "10 s" }
failover "west-to-east" { standby = "east", monitor = "west", expect_reconnection = "10 s" }
