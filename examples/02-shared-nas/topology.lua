-- A main and its standby record on one NAS, so the whole archive is at hand whichever of the two works (R6). Each has a disk
-- of its own as well, for the time when the NAS is away: the fallback.

volume "vault"      { nas  = "/mnt/vault", size = "20 TiB" }
volume "disk-alpha" { path = "/srv/alpha", size = "500 GiB" }
volume "disk-omega" { path = "/srv/omega", size = "500 GiB" }

local capacity = { cameras = 64, network = "1 Gbit/s", write = "200 MB/s" }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" }, fallback = "disk-alpha", capacity = capacity }
server "omega" { address = "10.0.0.12:7400", archive = { "vault" }, fallback = "disk-omega", capacity = capacity }

-- The till is opened only when omega takes over, and accepts one reader: it costs no bandwidth before, but more of a gap.
camera "lobby" { server = "alpha", url = "rtsp://10.0.1.21/stream1", rate = "4 Mbit/s" }
camera "till"  { server = "alpha", url = "rtsp://10.0.1.22/stream1", rate = "4 Mbit/s", arm = "cold", sessions = 1 }
for i = 1, 12 do
  camera("gate-" .. i) { server = "alpha", url = "rtsp://10.0.1." .. 100 + i .. "/stream1", rate = "2 Mbit/s" }
end

-- alpha must have been back for half a minute before its cameras return: a machine that reboots twice disturbs them once.
failover "alpha-to-omega" {
  standby = "omega", monitor = "alpha", expect_reconnection = "20 s", hold_down = "30 s",
}
