-- The carrier dies too: psi takes over after its own wait (R23).
-- bed: site standbys
outage "alpha dies, and omega while it carries" {
  at "2 s"  { fail "alpha" },
  at "14 s" { fail "omega" },
  at "28 s" { restore "alpha" },
  at "34 s" { restore "omega" },
  lasts = "42 s",
}
