-- omega watches two mains and shares no volume with them.
for i, name in ipairs({ "alpha", "beta" }) do
  volume("disk-" .. name) { path = "/srv/" .. name, size = "1 TiB" }
  server(name) { address = "127.0.0.1:740" .. i, archive = { "disk-" .. name } }
  camera("cam-" .. name) { server = name, url = "rtsp://127.0.0.1:860" .. i .. "/s", arm = "cold" }
  failover(name .. "-to-omega") { standby = "omega", monitor = name, expect_reconnection = "5 s" }
end
volume "disk-o" { path = "/srv/o", size = "1 TiB" }
server "omega" { address = "127.0.0.1:7411", archive = { "disk-o" } }
