server "a { address = "10.0.0.1:7400" }
server "b { }
