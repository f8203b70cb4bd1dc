outage "alpha loses its only volume for longer than the wait" {
  at "10 s" { lose "disk-a" },
  at "40 s" { regain "disk-a" },
  lasts = "1 min",
}
outage "and for less: nothing is taken over" {
  at "10 s" { lose "disk-a" },
  at "14 s" { regain "disk-a" },
  lasts = "30 s",
}
