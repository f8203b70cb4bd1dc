outage "alpha dies for an hour" {
  at "10 s"     { fail "alpha" },
  at "1 h 10 s" { restore "alpha" },
  at "5 s"      { cut("alpha", "omega"), heal("omega", "alpha"), force_start "alpha-to-omega" },
  lasts = "2 h",
  expect { gap "lobby" { at_most = "25 s" }, carried "alpha" { by = "omega" }, carried "alpha" {} },
}
