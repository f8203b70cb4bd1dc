outage "the main is cut from the vault, and then from its standby" {
  at "10 s" { cut("alpha", "vault") },
  at "30 s" { cut("alpha", "omega") },
  at "50 s" { heal("alpha", "vault"), heal("alpha", "omega") },
  lasts = "60 s",
}

outage "the standby is cut from the vault while the main dies" {
  at "10 s" { cut("vault", "omega"), fail "alpha" },
  at "30 s" { heal("omega", "vault") },
  lasts = "50 s",
}
