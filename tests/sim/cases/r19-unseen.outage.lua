outage "the standby starts while the main is silent" {
  at "5 s"  { fail "omega" },
  at "8 s"  { fail "alpha" },
  at "10 s" { restore "omega" },
  at "30 s" { restore "alpha" },
  lasts = "40 s",
}
