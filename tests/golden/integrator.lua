-- What is written by who knows other products: shares of Windows, numbers in quotes, names without them, one where a list belongs.
volume "share" { nas = "\\\\nas01\\video", size = "20 TB" }
volume "drive" { path = "D:\\archive", size = "4 TiB" }
volume "near" { path = "archive", size = "4 TiB" }
server "rec-1" { address = "192.168.1.10:7400", archive = "share", capacity = { cameras = "64", network = "1 Gbit/s" } }
server "rec-2" { address = "192.168.1.10:7400", archive = { "share" }, fallback = "near" }
camera "lobby" { server = reception, url = "rtsp://192.168.1.50/stream1" }
camera "gate-1" { server = "rec-1", url = "rtsp://192.168.1.51/stream1" }
failover "f" {
  standby = "rec-2", monitor = "rec-1", expect_reconnection = "20 s", transfer_if_no_ping = "true", also_on = "storage",
  objects = { range("gate-", 1, 1) },
}
