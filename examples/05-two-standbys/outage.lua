-- psi sees that omega carries alpha, and only watches omega.
outage "the first standby takes over" {
  at "1 min"  { fail "alpha" },
  at "10 min" { restore "alpha" },
  lasts = "15 min",
  expect {
    gap "hall-1"    { at_most = "4 s" },
    carried "alpha" { by = "omega" },
  },
}

-- omega dies while it carries alpha: psi takes over after its own wait, counted from the loss of omega (R23). What is lost is twice
-- the time in which a silent server is noticed, and twice the start of the recordings.
outage "the carrier dies too" {
  at "1 min"  { fail "alpha" },
  at "5 min"  { fail "omega" },
  at "20 min" { restore "alpha" },
  at "25 min" { restore "omega" },
  lasts = "30 min",
  expect {
    gap "hall-1"    { at_most = "7 s" },
    carried "alpha" { by = "psi" },
  },
}

-- omega is away already when alpha dies. Nobody claims alpha before psi, which begins a claim time later than omega would have (R24);
-- memory covers that.
outage "the first standby is away" {
  at "10 s"   { fail "omega" },
  at "1 min"  { fail "alpha" },
  at "10 min" { restore "alpha" },
  at "11 min" { restore "omega" },
  lasts = "15 min",
  expect {
    gap "hall-1"    { at_most = "4 s" },
    carried "alpha" { by = "psi" },
  },
}
