outage "names" {
  at "10 s" { fail "alhpa", cut("alpha", "alpha"), force_start "alpha-to-omgea" },
  at "3 h"  { restore "alpha" },
  lasts = "2 h",
  expect { gap "loby" { at_most = "25 s" }, carried "omega" { by = "alpha" }, carried "omega" {} },
}
