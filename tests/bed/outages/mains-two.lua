-- Two mains at once, and one slot: gate goes first by its priority, hall waits until gate is back (R14, R15, R37).
-- bed: site mains
outage "two mains lose their power" {
  at "2 s"  { fail "gate", fail "hall" },
  at "14 s" { restore "gate" },
  at "26 s" { restore "hall" },
  lasts = "34 s",
}
