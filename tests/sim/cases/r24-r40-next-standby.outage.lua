outage "the first standby has no volume left: after retry_for it leaves the main to the second" {
  at "5 s" { lose "disk-o" },
  at "10 s" { fail "alpha" },
  at "90 s" { restore "alpha" },
  lasts = "110 s",
}
outage "no standby has a volume left: they take turns until one has" {
  at "5 s" { lose "disk-o", lose "disk-p" },
  at "10 s" { fail "alpha" },
  at "90 s" { regain "disk-o" },
  at "150 s" { restore "alpha" },
  lasts = "160 s",
}
