-- The cable of alpha is pulled: its claim lapses, and omega is given it (R30).
-- bed: tolerance 8 s (as in pair-isolate.lua)
-- bed: by chance
-- bed: site etcd
outage "the cable of alpha is pulled, and the coordinator decides" {
  at "2 s"  { isolate "alpha" },
  at "16 s" { rejoin "alpha" },
  lasts = "32 s",
}
