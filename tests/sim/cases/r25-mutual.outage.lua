outage "both die; each comes back on its own" {
  at "10 s" { fail "left" },
  at "11 s" { fail "right" },
  at "20 s" { restore "left" },
  at "30 s" { restore "right" },
  lasts = "40 s",
}
