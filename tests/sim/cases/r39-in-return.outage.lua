outage "the main logs off before the return" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  at "35 s" { log_off "alpha" },
  at "45 s" { log_on "alpha" },
  lasts = "50 s",
}
