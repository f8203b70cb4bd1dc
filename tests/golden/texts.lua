server "a" { address = "a\0:1" }
server "b" { address = "\27[31mred:1" }
server "c" { address = "\xff\xfe:1" }
server "d" { address = ("d"):rep(300) .. ":1" }
server "e" { address = "" }
