-- A standby that loses all its peers at once asks what else it reaches.
outage "nothing is in reach: omega judges nobody, and both afresh when it is back" {
  at "10 s" { isolate "omega" },
  at "20 s" { fail "alpha" },
  at "40 s" { rejoin "omega" },
  lasts = "1 min",
}
outage "the cameras are in reach: both mains are dead" {
  at "10 s" { fail "alpha", fail "beta" },
  lasts = "40 s",
}
outage "one main is lost long before the other: that is no reason to ask, and R1 holds" {
  at "10 s" { fail "alpha" },
  at "15 s" { isolate "omega" },
  at "30 s" { rejoin "omega" },
  lasts = "50 s",
}
