-- Twice the same: a main with one camera and two standbys (R23, R24, R45). What happens at the one may as well happen at the other.
site { lease = "1 s" }
volume "d" { path = "/srv/d", size = "1 TiB" }
for _, side in ipairs { "left", "right" } do
  for i, name in ipairs { "main", "first", "second" } do
    server(side .. "-" .. name) { address = side .. ":740" .. i, archive = { "d" } }
  end
  camera(side) { server = side .. "-main", url = "rtsp://" .. side .. ":8601/s", arm = "cold" }
  failover(side .. "-to-first") { standby = side .. "-first", monitor = side .. "-main", expect_reconnection = "1 s" }
  failover(side .. "-to-second") { standby = side .. "-second", monitor = side .. "-main", expect_reconnection = "1 s" }
end
