outage "alpha dies behind a cut and comes back there: it does not record what omega has; then omega dies as well" {
  at "10 s"  { cut("alpha", "omega") },
  at "20 s"  { fail "alpha" },
  at "50 s"  { restore "alpha" },
  at "90 s"  { fail "omega" },
  at "120 s" { heal("alpha", "omega"), restore "omega" },
  lasts = "140 s",
}
outage "alpha comes back at once: the claim is still its own" {
  at "10 s" { cut("alpha", "omega") },
  at "20 s" { fail "alpha" },
  at "23 s" { restore "alpha" },
  lasts = "40 s",
}
outage "omega starts anew while alpha is dead: it must look for a lease of its own" {
  at "10 s" { fail "omega" },
  at "20 s" { fail "alpha" },
  at "60 s" { restore "omega" },
  lasts = "80 s",
}
outage "both die, and alpha comes back alone: the claim of omega must have been still for a lease" {
  at "10 s" { fail "alpha" },
  at "30 s" { fail "omega" },
  at "60 s" { restore "alpha" },
  lasts = "80 s",
}
