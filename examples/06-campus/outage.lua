outage "one main in each of three buildings" {
  at "10 s"   { fail "b1-main-1", fail "b2-main-1", fail "b25-main-11" },
  at "15 min" { restore "b1-main-1", restore "b2-main-1", restore "b25-main-11" },
  lasts = "20 min",
  expect {
    gap "b1-main-1-cam-1"    { at_most = "4 s" },
    gap "b25-main-11-cam-16" { at_most = "4 s" },
    gap "b3-main-1-cam-1"    { at_most = "0 s" },
    carried "b1-main-1"      { by = "b1-standby" },
    carried "b25-main-11"    { by = "b25-standby" },
  },
}
