-- alpha dies behind a cut path and comes back behind it: the claim on the vault says that omega has it, so alpha waits until it
-- hears of omega (R30).
-- bed: site nas
outage "alpha comes back behind a cut path, and the vault says who has it" {
  at "2 s"  { cut("alpha", "omega") },
  at "6 s"  { fail "alpha" },
  at "20 s" { restore "alpha" },
  at "32 s" { heal("alpha", "omega") },
  lasts = "44 s",
}
