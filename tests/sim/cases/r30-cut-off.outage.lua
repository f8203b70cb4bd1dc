outage "alpha is cut from omega and from the coordinator" {
  at "10 s" { cut("alpha", "omega"), cut("alpha", "coordinator") },
  at "40 s" { heal("coordinator", "alpha") },
  at "50 s" { heal("alpha", "omega") },
  lasts = "60 s",
}

outage "alpha is cut from the coordinator alone, then omega" {
  at "10 s" { cut("alpha", "coordinator") },
  at "30 s" { heal("alpha", "coordinator"), cut("omega", "coordinator") },
  at "40 s" { fail "alpha" },
  lasts = "60 s",
}
