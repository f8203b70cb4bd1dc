-- The NAS is gone: alpha records on its own disk (R35) until it is back.
-- bed: site nas
outage "the vault is gone" {
  at "2 s"  { lose "vault" },
  at "14 s" { regain "vault" },
  lasts = "26 s",
}
