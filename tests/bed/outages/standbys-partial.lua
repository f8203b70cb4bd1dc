-- A partial partition: psi sees neither of the others, and takes nothing over, for alpha lives by the vault (R45).
-- bed: site standbys
outage "psi is cut off from both" {
  at "2 s"  { cut("alpha", "psi"), cut("omega", "psi") },
  at "16 s" { heal("alpha", "psi"), heal("omega", "psi") },
  lasts = "24 s",
}
