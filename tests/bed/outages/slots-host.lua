-- omega dies with the slot: the vault shows that nothing renews it any more, and gamma takes over beta (R37, R38).
-- bed: site slots
outage "the vault counts when the manager has died with the slot" {
  at "2 s"  { fail "alpha" },
  at "12 s" { fail "omega" },
  at "20 s" { fail "beta" },
  at "34 s" { restore "beta", restore "alpha" },
  lasts = "46 s",
}
