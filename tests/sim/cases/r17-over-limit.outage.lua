outage "an operator does not wait for a slot" {
  at "10 s" { fail "main-1", fail "main-2" },
  at "20 s" { force_start "f-2" },
  lasts = "30 s",
}
