outage "omega does not reach the host of the site's manager" {
  at "5 s" { cut("omega", "psi") },
  at "10 s" { fail "main-1", fail "main-2" },
  at "40 s" { restore "main-1" },
  lasts = "70 s",
}
