outage "all die: omega takes one, psi one, and then each its next" {
  at "10 s" { fail "main-1", fail "main-2", fail "main-3", fail "main-4" },
  at "30 s" { restore "main-3" },
  at "40 s" { restore "main-1" },
  lasts = "60 s",
}

outage "a forced start counts against both limits, and waits for neither" {
  at "10 s" { force_start "f-1" },
  at "20 s" { fail "main-2", fail "main-3", fail "main-4" },
  at "35 s" { force_start "f-4" },
  at "45 s" { force_stop "f-1" },
  at "55 s" { restore "main-4" },
  lasts = "70 s",
}
