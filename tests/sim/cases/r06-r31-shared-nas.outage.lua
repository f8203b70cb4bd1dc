-- The volume outlives alpha by a lease of 8 s (R45): omega takes over when alpha's last sign there is that old. While the
-- path is cut, alpha's signs go on and nothing is taken over.
outage "dead twice, cut off once" {
  at "10 s" { fail "alpha" },
  at "20 s" { restore "alpha" },
  at "30 s" { fail "alpha" },
  at "40 s" { restore "alpha" },
  at "50 s" { cut("alpha", "omega") },
  at "60 s" { heal("alpha", "omega") },
  lasts = "70 s",
}
