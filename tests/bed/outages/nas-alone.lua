-- alpha alone does not reach the vault: it records on its own disk (R35), and its link shows that it lives, so nothing is taken over.
-- bed: site nas
outage "alpha alone is cut from the vault" {
  at "2 s"  { cut("alpha", "vault") },
  at "16 s" { heal("alpha", "vault") },
  lasts = "30 s",
}
