outage "the main dies while its standby stands still" {
  at "10 s" { pause "omega" },
  at "20 s" { fail "alpha" },
  at "40 s" { wake "omega" },
  lasts = "1 min",
}
outage "the main is well all the time" {
  at "10 s" { pause "omega" },
  at "40 s" { wake "omega" },
  lasts = "1 min",
}
outage "a carrier that stands still holds what it carried" {
  at "10 s" { fail "alpha" },
  at "30 s" { pause "omega" },
  at "40 s" { wake "omega" },
  lasts = "1 min",
}
