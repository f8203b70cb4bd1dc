outage "the standby that carries dies; the other one takes over after its own wait" {
  at "10 s" { fail "alpha" },
  at "40 s" { fail "omega" },
  at "80 s" { restore "omega" },
  at "100 s" { restore "alpha" },
  lasts = "120 s",
}
