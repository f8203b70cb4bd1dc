outage "the main stands still" {
  at "10 s" { pause "alpha" },
  at "40 s" { wake "alpha" },
  lasts = "1 min",
  expect { double "cold" { at_most = "0 s" }, recorded "warm" { by = "omega", at_least = "25 s" } },
}
outage "not long enough to be noticed" {
  at "10 s"     { pause "alpha" },
  at "11500 ms" { wake "alpha" },
  lasts = "30 s",
}
