-- The NAS hangs for everybody: neither an error nor an answer. For the recordings that is as if it were gone.
-- bed: site nas
-- bed: instead of lose vault: freeze vault
-- bed: instead of regain vault: thaw vault
outage "the vault hangs" {
  at "2 s"  { lose "vault" },
  at "14 s" { regain "vault" },
  lasts = "28 s",
}
