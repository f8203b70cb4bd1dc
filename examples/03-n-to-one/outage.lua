-- hall and store die, then gate: both slots are taken. Gate waits, and is carried as soon as hall is back.

outage "a third main dies" {
  at "10 s"   { fail "hall" },
  at "20 s"   { fail "store" },
  at "1 min"  { fail "gate" },
  at "5 min"  { restore "hall" },
  at "20 min" { restore "store", restore "gate" },
  lasts = "30 min",
  expect {
    gap "hall-1"    { at_most = "4 s" },
    gap "store-1"   { at_most = "4 s" },
    gap "gate-1"    { at_most = "4 min 30 s" },
    gap "yard-1"    { at_most = "0 s" },
    carried "hall"  { by = "omega" },
    carried "gate"  { by = "omega" },
  },
}

outage "an operator moves a main for maintenance" {
  at "10 s"  { force_start "roof-to-omega" },
  at "1 min" { log_off "roof" },
  at "9 min" { log_on "roof" },
  lasts = "12 min",
  expect {
    gap "roof-1"   { at_most = "2 s" },
    carried "roof" { by = "omega" },
  },
}
