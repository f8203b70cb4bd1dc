-- Good order is no failure (R13).
-- bed: site pair
outage "alpha is stopped in good order" {
  at "2 s"  { log_off "alpha" },
  at "12 s" { log_on "alpha" },
  lasts = "20 s",
}
