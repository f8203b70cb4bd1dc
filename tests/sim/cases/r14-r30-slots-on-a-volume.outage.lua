outage "the host is out of reach" {
  at "10 s" { fail "alpha" },
  at "25 s" { cut("omega", "gamma") },
  at "30 s" { fail "beta" },
  at "60 s" { restore "alpha" },
  lasts = "90 s",
}

outage "whoever holds the slot dies with the host" {
  at "10 s" { fail "alpha" },
  at "30 s" { fail "omega", fail "beta" },
  lasts = "60 s",
}

outage "an order of an operator goes beyond the limit" {
  at "10 s" { fail "alpha" },
  at "25 s" { cut("omega", "gamma") },
  at "30 s" { force_start "g" },
  at "40 s" { restore "alpha" },
  at "50 s" { fail "alpha" },
  lasts = "80 s",
}
