outage "only one camera is transferred" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  lasts = "40 s",
}
