-- The clock of alpha jumps while it records, that of omega while it carries, and both are set right again: nothing moves, and no
-- segment is out of order (R43).
-- bed: site pair
outage "the wall clocks jump to and fro" {
  at "2 s"  { jump("alpha", "1 h") },
  at "6 s"  { jump("alpha", "-1 h") },
  at "9 s"  { fail "alpha" },
  at "17 s" { jump("omega", "-10 min") },
  at "21 s" { jump("omega", "10 min") },
  at "24 s" { restore "alpha" },
  lasts = "36 s",
}
