outage "dead twice, cut off once" {
  at "10 s" { fail "alpha" },
  at "20 s" { restore "alpha" },
  at "30 s" { fail "alpha" },
  at "40 s" { restore "alpha" },
  at "50 s" { cut("alpha", "omega") },
  at "60 s" { heal("alpha", "omega") },
  lasts = "70 s",
}
