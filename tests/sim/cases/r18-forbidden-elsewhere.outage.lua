outage "what an operator stops at one standby no other one takes up" {
  at "10 s" { fail "alpha" },
  at "40 s" { force_stop "to-omega" },
  at "90 s" { restore "alpha" },
  lasts = "100 s",
}
