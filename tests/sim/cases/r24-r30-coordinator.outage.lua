outage "the standbys are cut" {
  at "5 s"  { cut("omega", "gamma") },
  at "10 s" { fail "alpha" },
  at "40 s" { fail "omega" },
  at "80 s" { restore "alpha" },
  lasts = "100 s",
}
