-- A camera hangs; its main is not to blame, and its neighbour goes on.
-- bed: site pair
outage "a camera hangs" {
  at "2 s"  { stall "gate" },
  at "12 s" { resume "gate" },
  lasts = "22 s",
}
