outage "alpha dies" {
  at "5 s"  { lose "coordinator" },
  at "10 s" { fail "alpha" },
  at "30 s" { regain "coordinator" },
  lasts = "40 s",
}

-- An operator does not wait (R17).
outage "an operator decides" {
  at "5 s"  { lose "coordinator" },
  at "10 s" { fail "alpha" },
  at "30 s" { force_start "f" },
  lasts = "40 s",
}

-- Who carries goes on carrying.
outage "lost while carried" {
  at "10 s" { fail "alpha" },
  at "30 s" { lose "coordinator" },
  at "40 s" { restore "alpha" },
  lasts = "50 s",
}
