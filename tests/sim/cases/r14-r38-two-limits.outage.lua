outage "omega does not reach the host; its own limit holds" {
  at "10 s" { fail "psi" },
  at "20 s" { fail "main-2" },
  at "21 s" { fail "main-1" },
  at "40 s" { restore "main-2" },
  at "50 s" { restore "psi" },
  at "60 s" { restore "main-1" },
  lasts = "75 s",
}

outage "a queue is served while the host is away" {
  at "10 s" { fail "main-1", fail "main-2" },
  at "30 s" { fail "psi" },
  at "40 s" { restore "main-1" },
  lasts = "60 s",
}
