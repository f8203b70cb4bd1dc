-- bed: at most (what the cameras sent meanwhile lies in the sockets of alpha)
-- bed: site nas
outage "alpha stands still and wakes" {
  at "2 s"  { pause "alpha" },
  at "14 s" { wake "alpha" },
  lasts = "26 s",
}
