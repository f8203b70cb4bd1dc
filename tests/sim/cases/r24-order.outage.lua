outage "the first of two standbys takes over, the second leaves it to it" {
  at "10 s" { fail "alpha" },
  at "60 s" { restore "alpha" },
  lasts = "80 s",
}
