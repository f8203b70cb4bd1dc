outage "the main dies, and nobody waits" {
  at "10 s" { fail "alpha" },
  lasts = "30 s",
}
