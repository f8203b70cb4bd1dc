outage "the grace that one standby has begun runs on with the next one" {
  at "10 s" { fail "alpha" },
  at "40 s" { fail "omega" },
  lasts = "120 s",
}
