outage "the first standby is down: the second takes over one claim time later" {
  at "5 s" { fail "omega" },
  at "20 s" { fail "alpha" },
  at "60 s" { restore "omega" },
  at "70 s" { restore "alpha" },
  lasts = "90 s",
}
