outage "the main restarts before its loss is noticed" {
  at "10 s" { fail "alpha" },
  at "11 s" { restore "alpha" },
  lasts = "20 s",
}
