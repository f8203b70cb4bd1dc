-- Two standbys that cannot see each other: the volume that all three name lets one of them carry alpha.
volume "vault" { nas = "/mnt/vault", size = "1 TiB" }
for _, name in ipairs { "alpha", "omega", "gamma" } do
  server(name) { address = "10.0.0." .. #name .. string.byte(name) % 9 .. ":7400", archive = { "vault" } }
end
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold", sessions = 3 }
failover "f" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
failover "g" { standby = "gamma", monitor = "alpha", expect_reconnection = "5 s" }
