outage "no camera is reached: the slot goes to the next, and this main waits behind it" {
  at "5 s"  { stall "cam-1" },
  at "10 s" { fail "main-1", fail "main-2" },
  at "40 s" { resume "cam-1", restore "main-2" },
  lasts = "1 min",
}
outage "no volume takes recordings: each has the slot in its turn" {
  at "5 s"  { lose "disk-o" },
  at "10 s" { fail "main-1", fail "main-2" },
  at "30 s" { regain "disk-o" },
  lasts = "50 s",
}
