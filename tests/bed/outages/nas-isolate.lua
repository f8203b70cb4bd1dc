-- The cable of alpha is pulled, and the NAS hangs for it: omega takes over.
-- bed: site nas
outage "the cable of alpha is pulled" {
  at "2 s"  { isolate "alpha" },
  at "16 s" { rejoin "alpha" },
  lasts = "30 s",
}
