-- An operator moves alpha's cameras to omega and back, alpha alive all the while (R17, R18).
-- bed: site pair
outage "an operator moves alpha" {
  at "2 s"  { force_start "alpha-to-omega" },
  at "10 s" { force_stop "alpha-to-omega" },
  lasts = "18 s",
}
