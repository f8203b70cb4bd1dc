outage "the volume is gone: the pair judges by what it sees itself" {
  at "10 s" { lose "vault" },
  at "20 s" { cut("alpha", "omega") },
  at "40 s" { regain "vault" },
  at "60 s" { heal("alpha", "omega") },
  lasts = "80 s",
}
outage "alpha is behind a cut, and comes back when the volume is gone: it records, for a gap is worse than a double" {
  at "10 s" { cut("alpha", "omega") },
  at "20 s" { fail "alpha" },
  at "45 s" { lose "vault" },
  at "50 s" { restore "alpha" },
  at "70 s" { regain "vault" },
  at "90 s" { heal("alpha", "omega") },
  lasts = "110 s",
}
outage "alpha alone loses its network, and with it the volume" {
  at "10 s" { isolate "alpha" },
  at "40 s" { rejoin "alpha" },
  lasts = "60 s",
}
