outage "a time that cannot be read has no place in the order" {
  at "10 s" { fail "alpha" },
  at "18.5 s" { restore "alpha" },
  at "20 s" { fail "alpha" },
  at "1 minute" { restore "alpha" },
  lasts = "2 min",
}
