server "a" { address = "10.0.0.1:7400", archive = { "d" }

server "b" { address = "10.0.0.2:7400", archive = { "d" } }
