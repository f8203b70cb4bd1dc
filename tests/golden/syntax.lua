server "alpha" {
  address = "10.0.0.11:7400"
  archive = { "disk-a" },
}
