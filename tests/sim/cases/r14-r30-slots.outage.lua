outage "the host is out of reach" {
  at "10 s" { fail "alpha" },
  at "25 s" { cut("omega", "gamma") },
  at "30 s" { fail "beta" },
  at "60 s" { restore "alpha" },
  lasts = "90 s",
}

outage "and the coordinator is lost as well" {
  at "10 s" { cut("omega", "gamma"), lose "coordinator" },
  at "15 s" { fail "beta" },
  at "40 s" { regain "coordinator" },
  lasts = "60 s",
}
