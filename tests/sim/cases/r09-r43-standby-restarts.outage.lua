outage "the grace goes on while the standby that carries is down" {
  at "10 s" { fail "alpha" },
  at "30 s" { fail "omega" },
  at "50 s" { restore "omega" },
  at "100 s" { restore "alpha" },
  lasts = "110 s",
}
