-- The coordinator is out of reach: alpha goes on, and as it dies omega judges by what it sees itself (R38).
-- bed: site etcd
outage "the coordinator is gone, and alpha loses its power" {
  at "2 s"  { lose "coordinator" },
  at "12 s" { fail "alpha" },
  at "26 s" { restore "alpha" },
  at "34 s" { regain "coordinator" },
  lasts = "44 s",
}
