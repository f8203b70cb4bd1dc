outage "the main must stay before the return begins" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  at "35 s" { fail "alpha" },
  at "45 s" { restore "alpha" },
  lasts = "60 s",
}
