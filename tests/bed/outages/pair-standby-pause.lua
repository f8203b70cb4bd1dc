-- omega stands still and wakes: it judges nobody by what it missed (R29).
-- bed: site pair
outage "omega stands still and wakes" {
  at "2 s"  { pause "omega" },
  at "12 s" { wake "omega" },
  lasts = "20 s",
}
