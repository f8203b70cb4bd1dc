outage "omega loses alpha, but psi still sees it; later it is dead for both" {
  at "10 s" { cut("alpha", "omega") },
  at "40 s" { heal("alpha", "omega") },
  at "50 s" { fail "alpha" },
  at "80 s" { restore "alpha" },
  lasts = "100 s",
}
