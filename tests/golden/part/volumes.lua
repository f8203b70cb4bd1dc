volume "disk-a" { path = "/srv/a", size = 4 }
