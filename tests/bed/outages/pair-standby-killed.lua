-- omega carries alpha, and everything that runs on it is killed: it goes on from its journal (R21).
-- bed: site pair
outage "the carrier dies and comes back" {
  at "2 s"  { fail "alpha" },
  at "10 s" { fail "omega" },
  at "12 s" { restore "omega" },
  at "20 s" { restore "alpha" },
  lasts = "30 s",
}
