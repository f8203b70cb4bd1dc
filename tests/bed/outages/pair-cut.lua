-- The path between the two is cut in full: both record, each under its own epoch, and the overlap is double coverage (R30).
-- bed: site pair
outage "the path between alpha and omega is cut" {
  at "2 s"  { cut("alpha", "omega") },
  at "14 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
