outage "the manager is out of reach" {
  at "5 s"  { cut("omega", "third") },
  at "10 s" { fail "alpha" },
  at "30 s" { heal("omega", "third") },
  lasts = "40 s",
}
