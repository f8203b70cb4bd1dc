outage "clocks jump while the wait runs" {
  at "10 s" { fail "alpha" },
  at "13 s" { jump("omega", "1 h"), jump("omega", "-2 h") },
  lasts = "30 s",
}
