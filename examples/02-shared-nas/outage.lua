-- Silence is noticed after 4 heartbeats of 500 ms, recording starts 1 s after it was ordered. A warm camera loses that much; the
-- cold one the wait of 20 s on top, and at the hand-back the second in which its single reader changes.

outage "alpha dies for an hour" {
  at "10 s"     { fail "alpha" },
  at "1 h 10 s" { restore "alpha" },
  lasts = "2 h",
  expect {
    gap "lobby"     { at_most = "4 s" },
    gap "gate-12"   { at_most = "4 s" },
    gap "till"      { at_most = "25 s" },
    carried "alpha" { by = "omega" },
  },
}

outage "a cable is pulled and put back within the wait" {
  at "10 s" { cut("alpha", "omega") },
  at "20 s" { heal("alpha", "omega") },
  lasts = "2 min",
  expect {
    gap "lobby" { at_most = "0 s" },
    gap "till"  { at_most = "0 s" },
  },
}

outage "alpha is stopped in good order" {
  at "10 s"  { log_off "alpha" },
  at "5 min" { log_on "alpha" },
  lasts = "10 min",
  expect {
    gap "lobby" { at_most = "4 min 55 s" },
  },
}
