-- The shortest outage that shows everything: detection, take-over, hand-back.
-- bed: site pair
outage "alpha loses its power and gets it back" {
  at "1 s"  { fail "alpha" },
  at "10 s" { restore "alpha" },
  lasts = "15 s",
}
