outage "the main comes back" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  lasts = "40 s",
}
