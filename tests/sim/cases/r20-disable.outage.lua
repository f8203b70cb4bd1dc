outage "disabled while it watches, while it carries a dead main, and while it was forced" {
  at "10 s" { disable "f" },
  at "20 s" { fail "alpha" },
  at "40 s" { restore "alpha" },
  at "50 s" { enable "f" },
  at "60 s" { fail "alpha" },
  at "80 s" { disable "f" },
  at "90 s" { restore "alpha", enable "f" },
  at "100 s" { force_start "f" },
  at "110 s" { disable "f" },
  lasts = "120 s",
}
