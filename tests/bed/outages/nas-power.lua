-- alpha dies, and its sign of life on the vault stops with it (R45, R6).
-- bed: site nas
outage "alpha loses its power and gets it back" {
  at "2 s"  { fail "alpha" },
  at "14 s" { restore "alpha" },
  lasts = "26 s",
}
