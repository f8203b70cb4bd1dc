-- alpha is cut from omega and from the coordinator, but not from its cameras: its claim lapses, and both record, each under its epoch (R30, R31).
-- bed: site etcd
outage "alpha is cut off from everything but its cameras" {
  at "2 s"  { cut("alpha", "omega"), cut("alpha", "coordinator") },
  at "18 s" { heal("alpha", "omega"), heal("alpha", "coordinator") },
  lasts = "28 s",
}
