outage "a main comes back while it is queued" {
  at "10 s" { fail "main-1", fail "main-2" },
  at "20 s" { restore "main-2" },
  at "30 s" { restore "main-1" },
  lasts = "40 s",
}
