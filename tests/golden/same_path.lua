volume "one" { nas = "/mnt/vault", size = "4 TiB" }
volume "two" { nas = "/mnt/vault/", size = "4 TiB" }
volume "three" { nas = "/mnt/./vault", size = "4 TiB" }
volume "four" { path = "/mnt//vault", size = "4 TiB" }
server "alpha" { address = "10.0.0.11:7400", archive = { "one", "four" } }
