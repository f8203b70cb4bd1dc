-- The cable of alpha is pulled: it reaches neither omega nor its cameras. omega takes over; alpha gets them back with its cable, as
-- soon as it has opened them: one that was out of reach is given 5 s to answer, and tried again after 5 s at most.
-- bed: site pair
-- bed: tolerance 8 s
outage "the cable of alpha is pulled" {
  at "2 s"  { isolate "alpha" },
  at "20 s" { rejoin "alpha" },
  lasts = "34 s",
}
