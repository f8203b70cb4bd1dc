outage "the main dies again in the middle of the return" {
  at "10 s"           { fail "alpha" },
  at "30 s"           { restore "alpha" },
  at "30 s 500 ms"    { fail "alpha" },
  lasts = "40 s",
}
