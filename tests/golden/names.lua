server "" { address = "a:1" }
server "../etc" { address = "a:1" }
server ".hidden" { address = "a:1" }
server "a/b" { address = "a:1" }
server "two words" { address = "a:1" }
server "café" { address = "a:1" }
server("a\0b") { address = "a:1" }
server("x" .. ("y"):rep(63)) { address = "a:1" }
server "alpha" { address = "a:1", archive = { "$(reboot)" } }
