outage "one" {
  at "1 s" { fail "alpha" }, at "9 s" { restore "alpha", cut("alpha", "omega"), force_start "alpha-to-omega" },
  lasts = "1 h 1 s",
  expect { gap "lobby" { at_most = "4 s" }, carried "alpha" { by = "omega" } },
}
