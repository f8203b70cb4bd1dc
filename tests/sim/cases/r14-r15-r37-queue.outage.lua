outage "three mains die at once" {
  at "10 s" { fail "main-1", fail "main-2", fail "main-3" },
  at "30 s" { restore "main-1" },
  at "40 s" { restore "main-3" },
  lasts = "50 s",
}
