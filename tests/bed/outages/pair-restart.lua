-- Everything is killed and started again at once (R21, R22).
-- bed: site pair
outage "everything is killed and started again" {
  at "2 s" { fail "alpha", fail "omega" },
  at "3 s" { restore "alpha", restore "omega" },
  lasts = "12 s",
}
