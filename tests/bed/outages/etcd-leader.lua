-- The member that leads the coordinator dies just before omega asks for the claim: another one is elected in the middle of the
-- take-over, which makes no difference (R30).
-- bed: site etcd
-- bed: at 6.4 s kill_leader
-- bed: at 16 s revive
outage "alpha loses its power, and the coordinator its leader" {
  at "2 s"  { fail "alpha" },
  at "20 s" { restore "alpha" },
  lasts = "32 s",
}
