-- The only disk of alpha is gone (R35), and a take-over is not asked for (R36). What comes meanwhile is kept in memory and written
-- when the disk is back; how much fits is no matter of the dry run.
-- bed: site pair
-- bed: at most
outage "the disk of alpha is gone" {
  at "2 s"  { lose "disk-a" },
  at "12 s" { regain "disk-a" },
  lasts = "24 s",
}
