-- omega carries alpha and keeps the count of the site; gamma cannot ask it, and the vault says that no slot is left until alpha is back (R14, R38).
-- bed: site slots
outage "the vault counts for whoever cannot ask the manager" {
  at "2 s"  { fail "alpha" },
  at "12 s" { cut("omega", "gamma") },
  at "14 s" { fail "beta" },
  at "30 s 500 ms" { restore "alpha" },
  at "52 s" { restore "beta" },
  lasts = "66 s",
}
