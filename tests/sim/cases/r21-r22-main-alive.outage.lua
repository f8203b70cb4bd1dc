outage "the main is back before the standby that carried it" {
  at "10 s" { fail "alpha" },
  at "20 s" { fail "omega" },
  at "25 s" { restore "alpha" },
  at "30 s" { restore "omega" },
  lasts = "40 s",
}
