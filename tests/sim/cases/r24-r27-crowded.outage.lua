outage "both hand back: the one with the lower epoch lets go first" {
  at "5 s"  { cut("first", "second") },
  at "10 s" { fail "main" },
  at "40 s" { restore "main" },
  lasts = "1 min",
}
outage "one has lost its volume and is through at once: the other records until the main does" {
  at "5 s"  { cut("first", "second") },
  at "10 s" { fail "main" },
  at "38 s" { lose "disk-s" },
  at "42 s" { restore "main" },
  lasts = "1 min",
}
