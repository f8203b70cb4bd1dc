outage "two mains die at once" {
  at "10 s" { fail "main-1", fail "main-2" },
  at "30 s" { restore "main-1" },
  lasts = "40 s",
  expect { overload "omega" { never = true }, queued "f-2" { at_most = "10 s" } },
}
outage "one dies" {
  at "10 s" { fail "main-2" },
  lasts = "40 s",
  expect { overload "omega" { never = true }, queued "f-2" { at_most = "0 s" } },
}
