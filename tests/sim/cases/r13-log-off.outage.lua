outage "the main logs off and on" {
  at "10 s" { log_off "alpha" },
  at "20 s" { log_on "alpha" },
  lasts = "30 s",
  expect { carried "alpha" {} },
}
