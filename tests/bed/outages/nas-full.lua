-- The NAS is full of what others wrote, and they fill what is freed there at once: alpha goes to its own disk (R35).
-- bed: site nas
outage "the vault is full" {
  at "6 s"  { fill "vault" },
  at "16 s" { empty "vault" },
  lasts = "28 s",
}
