outage "the main logs off during a forced start" {
  at "10 s" { force_start "f" },
  at "20 s" { log_off "alpha" },
  at "30 s" { log_on "alpha" },
  lasts = "40 s",
}
