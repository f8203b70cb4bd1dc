outage "an operator stops a failover; the main dies again later" {
  at "10 s" { fail "alpha" },
  at "20 s" { force_stop "f" },
  at "30 s" { restore "alpha" },
  at "40 s" { fail "alpha" },
  lasts = "60 s",
}
