-- The main names two volumes and a fallback, the standby one and a fallback; each writes to its own.
for _, name in ipairs { "disk-a", "disk-b", "spare-a", "disk-o", "spare-o" } do
  volume(name) { path = "/srv/" .. name, size = "1 TiB" }
end
server "alpha" { address = "127.0.0.1:7400", archive = { "disk-a", "disk-b" }, fallback = "spare-a" }
server "omega" { address = "127.0.0.1:7401", archive = { "disk-o" }, fallback = "spare-o" }
camera "cold" { server = "alpha", url = "rtsp://127.0.0.1:8601/s", arm = "cold" }
failover "alpha-to-omega" { standby = "omega", monitor = "alpha", expect_reconnection = "5 s" }
