outage "alpha comes back without its only volume" {
  at "10 s" { fail "alpha", lose "disk-a" },
  at "30 s" { restore "alpha" },
  at "60 s" { regain "disk-a" },
  lasts = "80 s",
}
outage "and has it again within the wait: the return goes on" {
  at "10 s" { fail "alpha", lose "disk-a" },
  at "30 s" { restore "alpha" },
  at "33 s" { regain "disk-a" },
  lasts = "50 s",
}
outage "what is disabled goes back all the same (R20)" {
  at "10 s" { fail "alpha", lose "disk-a" },
  at "30 s" { restore "alpha" },
  at "32 s" { disable "f" },
  at "60 s" { regain "disk-a" },
  lasts = "80 s",
}
