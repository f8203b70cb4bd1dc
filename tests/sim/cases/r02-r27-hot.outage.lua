outage "the main dies twice" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  at "100 s" { fail "alpha" },
  lasts = "120 s",
}
