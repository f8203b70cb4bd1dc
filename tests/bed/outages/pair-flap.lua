-- A path that is away for as long as it is noticed, and back before the wait is over, three times (R26).
-- bed: site pair
outage "the path flaps" {
  at "2 s"  { cut("alpha", "omega") },
  at "5 s"  { heal("alpha", "omega") },
  at "9 s"  { cut("alpha", "omega") },
  at "12 s" { heal("alpha", "omega") },
  at "16 s" { cut("alpha", "omega") },
  at "19 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
