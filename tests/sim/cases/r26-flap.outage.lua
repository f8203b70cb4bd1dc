outage "the link flaps" {
  at "10 s" { cut("alpha", "omega") },
  at "14 s" { heal("alpha", "omega") },
  at "20 s" { cut("alpha", "omega") },
  at "21 s" { heal("alpha", "omega") },
  lasts = "30 s",
}
