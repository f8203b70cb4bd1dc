outage "forms" {
  at "10" { fail "alpha" },
  at "1 h" { explode "alpha", isolate "alpha", fail("alpha", "omega"), gap "lobby" { at_most = "1 s" }, "x" },
  expect { fail "alpha", overload "omega" { never = true }, gap "lobby" {}, gap "gate", carried "alpha" { at = 3 } },
  fail "alpha",
}
at "5 s" { fail "alpha" }
fail "omega"
outage "no body"
server "alpha" { address = "a:1" }
