-- alpha loses its power and boots again 25 s later. A warm camera is unrecorded for the 2 s until the loss is noticed and the
-- 1 s until recording starts; a cold one for the 5 s of expect_reconnection as well.

outage "alpha fails and comes back" {
  at "10 s" { fail "alpha" },
  at "35 s" { restore "alpha" },
  lasts = "55 s",
  expect {
    gap "lobby"     { at_most = "4 s" },
    gap "gate"      { at_most = "9 s" },
    carried "alpha" { by = "omega" },
  },
}
