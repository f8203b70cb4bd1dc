outage "the return waits for an operator" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  at "40 s" { force_stop "f" },
  lasts = "50 s",
}
