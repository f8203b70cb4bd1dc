server "alpha" { address = "10.0.0.1:1", archive = { "vault", 'x' }, -- a comment
  capacity = { network = [[1 Gbit/s]], ["write"] = "\z
    200 MB/s" }, address = 4 }
site { misses = 4 } --[==[ long ]==]
server("al" .. "pha") { archive = f { "vault" } }
