outage "the grace runs out, and is full again after the return" {
  at "10 s" { fail "alpha" },
  at "100 s" { restore "alpha" },
  at "120 s" { fail "alpha" },
  at "150 s" { restore "alpha" },
  lasts = "170 s",
  expect { licence "f" { expired = true } },
}
