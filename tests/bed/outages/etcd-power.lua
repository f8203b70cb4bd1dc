-- alpha loses its power: omega takes over by its claim, which has lapsed at the coordinator (R30).
-- bed: site etcd
outage "alpha loses its power, and the coordinator decides" {
  at "2 s"  { fail "alpha" },
  at "14 s" { restore "alpha" },
  lasts = "26 s",
}
