outage "the main dies after a forced start, and comes back" {
  at "10 s" { force_start "f" },
  at "20 s" { fail "alpha" },
  at "40 s" { restore "alpha" },
  lasts = "50 s",
}
