-- A standby with a volume of its own beside the NAS of its mains, under a limit.
volume "vault" { nas = "/mnt/vault", size = "20 TiB" }
volume "disk-o" { path = "/srv/o", size = "4 TiB" }
for i, name in ipairs { "alpha", "beta", "gamma" } do
  server(name) { address = "10.0.0." .. i .. ":7400", archive = { "vault" } }
  camera(name .. "-door") { server = name, url = "rtsp://10.0.1." .. i .. "/s", rate = "40 Mbit/s" }
  failover(name .. "-to-omega") { standby = "omega", monitor = name, expect_reconnection = "5 s" }
end
server "omega" { address = "10.0.0.15:7400", archive = { "vault" }, fallback = "disk-o", capacity = { network = "100 Mbit/s" } }
failover_manager "limit" { max_running = 2, when_unreachable = "hold" }
