-- Who holds goes on; nothing changes.
outage "nothing but the coordinator" {
  at "10 s" { lose "coordinator" },
  at "40 s" { regain "coordinator" },
  lasts = "50 s",
}

-- The standby judges by what it sees itself: a main that is only cut off is recorded twice.
outage "a cut path" {
  at "5 s"  { lose "coordinator" },
  at "10 s" { cut("alpha", "omega") },
  at "40 s" { heal("alpha", "omega") },
  at "50 s" { regain "coordinator" },
  lasts = "60 s",
}

-- It is lost while the claim of a dead main has not lapsed yet: its last word no longer holds.
outage "lost in the wait" {
  at "10 s" { fail "alpha" },
  at "15 s" { lose "coordinator" },
  lasts = "40 s",
}

-- A main that starts without it records when its standbys do not answer (R22).
outage "alpha starts alone" {
  at "10 s" { fail "alpha" },
  at "30 s" { cut("alpha", "omega"), lose "coordinator" },
  at "35 s" { restore "alpha" },
  lasts = "50 s",
}

-- It yields no longer than the coordinator can be asked.
outage "alpha yields" {
  at "10 s" { fail "alpha" },
  at "30 s" { cut("alpha", "omega") },
  at "35 s" { restore "alpha" },
  at "45 s" { lose "coordinator" },
  lasts = "60 s",
}
