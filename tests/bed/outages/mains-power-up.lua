-- bed: site mains
outage "the power of the site goes and comes back" {
  at "2 s" { fail "gate", fail "hall", fail "yard", fail "omega" },
  at "8 s" { restore "omega", restore "gate", restore "hall", restore "yard" },
  lasts = "18 s",
}
