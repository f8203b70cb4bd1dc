outage "one of the two dies" {
  at "10 s"   { fail "east" },
  at "10 min" { restore "east" },
  lasts = "15 min",
  expect {
    gap "east-1"   { at_most = "4 s" },
    gap "west-1"   { at_most = "0 s" },
    carried "east" { by = "west" },
  },
}

-- Both are without power for four minutes, and each goes on with its own cameras when it is back. Each is given 4 s to boot and
-- to ask the other who carries whom.
outage "the power is cut" {
  at "1 min" { fail "east", fail "west" },
  at "5 min" { restore "east", restore "west" },
  lasts = "10 min",
  expect {
    gap "east-1" { at_most = "4 min 5 s" },
    gap "west-1" { at_most = "4 min 5 s" },
  },
}
