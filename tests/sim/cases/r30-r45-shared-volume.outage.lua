outage "the path breaks, alpha lives by its signs on the volume; then it dies behind the cut" {
  at "10 s" { cut("alpha", "omega") },
  at "40 s" { fail "alpha" },
  at "70 s" { heal("alpha", "omega"), restore "alpha" },
  lasts = "90 s",
}
