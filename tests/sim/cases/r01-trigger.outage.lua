outage "the main dies and stays away" {
  at "10 s" { fail "alpha" },
  lasts = "30 s",
  expect { gap "cold" { at_most = "8 s" }, gap "warm" { at_most = "2 s" }, carried "alpha" { by = "omega" } },
}
