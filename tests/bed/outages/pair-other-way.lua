-- The other half: alpha does not hear omega, but omega hears alpha.
-- bed: site pair
-- bed: instead of cut alpha omega: one_way omega alpha
outage "nothing gets from omega to alpha" {
  at "2 s"  { cut("alpha", "omega") },
  at "14 s" { heal("alpha", "omega") },
  lasts = "24 s",
}
