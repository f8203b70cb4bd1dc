-- The whole site loses its power, and the coordinator comes back last.
-- bed: site etcd
outage "everything loses its power, and the coordinator is last" {
  at "2 s"  { fail "alpha", fail "omega", lose "coordinator" },
  at "8 s"  { restore "alpha", restore "omega" },
  at "20 s" { regain "coordinator" },
  lasts = "30 s",
}
