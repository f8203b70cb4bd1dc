-- The grace runs by the wall clock, and a wall clock that jumps neither ends it early nor prolongs it.
outage "forwards" {
  at "10 s" { fail "alpha" },
  at "30 s" { jump("omega", "1 h") },
  lasts = "90 s",
}
outage "back, and the standby starts again after it" {
  at "10 s" { fail "alpha" },
  at "30 s" { jump("omega", "-1 h") },
  at "40 s" { fail "omega" },
  at "50 s" { restore "omega" },
  lasts = "90 s",
}
