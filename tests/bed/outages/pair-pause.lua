-- alpha stands still and wakes, unaware that omega has taken over. What it writes then is under its own old epoch, and the hand-back
-- runs (R21, R27, R31).
-- bed: at most (what the cameras sent meanwhile lies in the sockets of alpha)
-- bed: site pair
outage "alpha stands still and wakes" {
  at "2 s"  { pause "alpha" },
  at "14 s" { wake "alpha" },
  lasts = "24 s",
}
