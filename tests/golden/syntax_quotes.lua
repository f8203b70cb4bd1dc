server “alpha” { address = "10.0.0.1:7400" }
