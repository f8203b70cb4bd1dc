outage "a failover that is declared disabled watches nothing until it is enabled" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  at "40 s" { enable "f" },
  at "50 s" { fail "alpha" },
  lasts = "70 s",
}
