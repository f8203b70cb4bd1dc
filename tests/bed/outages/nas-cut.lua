-- The two do not hear each other, but alpha lives by the vault: nothing is taken over (R45, R30).
-- bed: site nas
outage "the path between alpha and omega is cut" {
  at "2 s"  { cut("alpha", "omega") },
  at "16 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
