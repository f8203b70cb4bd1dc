-- Half a cable: nothing gets from alpha to omega, all gets from omega to alpha. A link whose other end hears nothing is no link,
-- so it is the same as a cut one (R30).
-- bed: site pair
-- bed: instead of cut alpha omega: one_way alpha omega
outage "nothing gets from alpha to omega" {
  at "2 s"  { cut("alpha", "omega") },
  at "14 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
