outage "the standby restarts while it carries" {
  at "10 s" { fail "alpha" },
  at "20 s" { fail "omega" },
  at "30 s" { restore "omega" },
  lasts = "40 s",
}
