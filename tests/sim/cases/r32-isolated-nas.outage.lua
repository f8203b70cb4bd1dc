outage "the NAS is gone for all" {
  at "10 s" { lose "vault" },
  at "20 s" { fail "alpha" },
  at "40 s" { regain "vault" },
  at "50 s" { restore "alpha" },
  lasts = "1 min",
}
outage "the network of one server is gone" {
  at "10 s" { isolate "alpha" },
  at "40 s" { rejoin "alpha" },
  lasts = "1 min",
}
