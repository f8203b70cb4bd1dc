-- The main is dead by the coordinator a lease after its last renewal, 8 s, and not before.
outage "alpha dies" { at "10 s" { fail "alpha" }, at "40 s" { restore "alpha" }, lasts = "60 s" }

-- Both are alive and cannot see each other: the claim decides, and nobody records twice.
outage "a cut path" {
  at "10 s" { cut("alpha", "omega") },
  at "40 s" { heal("alpha", "omega") },
  lasts = "60 s",
}

-- A main without a network is dead by the coordinator; what it records meanwhile is a double when it can be seen.
outage "alpha is isolated" { at "10 s" { isolate "alpha" }, at "40 s" { rejoin "alpha" }, lasts = "60 s" }

-- The main starts again and cannot hear who carries it: the claim says that somebody does, until that one dies too.
outage "alpha yields" {
  at "10 s" { fail "alpha" },
  at "30 s" { cut("alpha", "omega") },
  at "35 s" { restore "alpha" },
  at "50 s" { fail "omega" },
  lasts = "80 s",
}

-- It yields until the path is whole again: then the hand-back runs.
outage "alpha yields and hears" {
  at "10 s" { fail "alpha" },
  at "30 s" { cut("alpha", "omega") },
  at "35 s" { restore "alpha" },
  at "50 s" { heal("alpha", "omega") },
  lasts = "60 s",
}

-- Its recordings no longer grow, so it no longer renews; when the path is cut as well, it is replaced (R30).
outage "nothing grows" {
  at "10 s" { lose "disk-a" },
  at "20 s" { cut("alpha", "omega") },
  at "40 s" { regain "disk-a", heal("alpha", "omega") },
  lasts = "60 s",
}
