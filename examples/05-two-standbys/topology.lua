-- One main and two standbys for it. omega comes first, by its priority; psi takes over only if omega has not claimed alpha by
-- then (R24), or when omega dies while it carries alpha (R23). All three record on one NAS, so the archive is whole whoever records;
-- each standby has a disk of its own for the time when the NAS is away.

volume "vault"      { nas  = "/mnt/vault", size = "40 TiB" }
volume "disk-omega" { path = "/srv/omega", size = "2 TiB" }
volume "disk-psi"   { path = "/srv/psi", size = "2 TiB" }

local capacity = { cameras = 32, network = "1 Gbit/s", write = "100 MB/s" }
server "alpha" { address = "10.0.0.11:7400", archive = { "vault" }, capacity = capacity }
server "omega" { address = "10.0.0.12:7400", archive = { "vault" }, fallback = "disk-omega", capacity = capacity }
server "psi"   { address = "10.0.0.13:7400", archive = { "vault" }, fallback = "disk-psi", capacity = capacity }

for i = 1, 16 do
  camera("hall-" .. i) { server = "alpha", url = "rtsp://10.0.1." .. 100 + i .. "/stream1", rate = "4 Mbit/s" }
end

failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "10 s", priority = 1 }
failover "alpha-to-psi"   { standby = "psi", monitor = "alpha", expect_reconnection = "10 s" }
