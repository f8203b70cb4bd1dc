-- The power of the whole site goes and comes back: everybody resumes its own (R19, R21, R22).
-- bed: site pair
outage "the power of the site goes and comes back" {
  at "2 s" { fail "alpha", fail "omega" },
  at "8 s" { restore "omega", restore "alpha" },
  lasts = "18 s",
}
