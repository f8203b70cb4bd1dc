outage "main and standby cannot see each other" {
  at "10 s" { cut("alpha", "omega") },
  at "30 s" { heal("alpha", "omega") },
  lasts = "40 s",
}
