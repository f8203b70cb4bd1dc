outage "alpha has no volume; its cameras are well" {
  at "10 s" { lose "disk-a" },
  at "40 s" { regain "disk-a" },
  lasts = "1 min",
}
outage "the camera itself delivers nothing: the standby could not record it either" {
  at "10 s" { stall "cold" },
  at "40 s" { resume "cold" },
  lasts = "1 min",
}
