outage "dead twice" {
  at "10 s" { fail "alpha" },
  at "20 s" { restore "alpha" },
  at "30 s" { fail "alpha" },
  at "40 s" { restore "alpha" },
  lasts = "50 s",
}
outage "moved by an operator" {
  at "10 s" { force_start "f" },
  at "20 s" { force_stop "f" },
  lasts = "30 s",
}
outage "the standby starts again while it carries" {
  at "10 s" { fail "alpha" },
  at "20 s" { fail "omega" },
  at "25 s" { restore "omega" },
  lasts = "40 s",
}
