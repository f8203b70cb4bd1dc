outage "a camera delivers nothing" {
  at "10 s" { stall "cold" },
  at "30 s" { resume "cold" },
  lasts = "40 s",
}
outage "also while its main is dead" {
  at "10 s" { stall "warm" },
  at "15 s" { fail "alpha" },
  at "30 s" { resume "warm" },
  at "50 s" { restore "alpha" },
  lasts = "1 min",
}
