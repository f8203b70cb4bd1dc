-- omega takes over, psi sees it and only watches (R24).
-- bed: site standbys
outage "alpha loses its power and gets it back" {
  at "2 s"  { fail "alpha" },
  at "16 s" { restore "alpha" },
  lasts = "26 s",
}
