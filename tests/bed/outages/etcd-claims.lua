-- alpha dies behind a cut path and comes back behind it: omega has its claim, so alpha waits until it hears of omega (R30).
-- bed: site etcd
outage "alpha comes back behind a cut path, and the coordinator says who has it" {
  at "2 s"  { cut("alpha", "omega") },
  at "6 s"  { fail "alpha" },
  at "20 s" { restore "alpha" },
  at "32 s" { heal("alpha", "omega") },
  lasts = "44 s",
}
