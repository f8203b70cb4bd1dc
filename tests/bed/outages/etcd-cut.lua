-- The two do not hear each other, but alpha's claim lives at the coordinator: nothing is taken over (R45, R30).
-- bed: site etcd
outage "the path between alpha and omega is cut, and both reach the coordinator" {
  at "2 s"  { cut("alpha", "omega") },
  at "16 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
