outage "an operator moves a living main and gives it back" {
  at "10 s" { force_start "f" },
  at "20 s" { force_stop "f" },
  lasts = "30 s",
}
