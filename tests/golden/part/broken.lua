volume "disk-b" {
