outage "the standbys are cut" {
  at "5 s"  { cut("omega", "gamma") },
  at "10 s" { fail "alpha" },
  at "40 s" { fail "omega" },
  at "80 s" { restore "alpha" },
  lasts = "100 s",
}
outage "the volume is gone as well: both carry, each under an epoch of its own" {
  at "5 s"  { cut("omega", "gamma"), lose "vault" },
  at "10 s" { fail "alpha" },
  at "40 s" { regain "vault" },
  at "60 s" { restore "alpha" },
  lasts = "80 s",
}
