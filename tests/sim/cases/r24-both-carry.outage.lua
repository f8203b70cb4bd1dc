outage "two standbys that do not see each other both carry; then the higher epoch goes on" {
  at "5 s" { cut("omega", "psi") },
  at "10 s" { fail "alpha" },
  at "60 s" { heal("omega", "psi") },
  at "80 s" { restore "alpha" },
  lasts = "100 s",
}
