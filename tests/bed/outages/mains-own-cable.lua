-- The cable of the standby is pulled: it reaches nothing, holds, and takes nobody over (R29).
-- bed: site mains
outage "the cable of omega is pulled" {
  at "2 s"  { isolate "omega" },
  at "16 s" { rejoin "omega" },
  lasts = "24 s",
}
