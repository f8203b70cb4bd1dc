-- What is left is told in days, under a day in hours, under an hour in minutes, under a minute in seconds, and never
-- more than is left: the grace begins at the take-over, 17 s in.
outage "after a day and an hour: a day, and an hour less" {
  at "10 s" { fail "alpha" },
  lasts = "1 d 1 h",
  expect { licence "f" { expired = false } },
}
outage "after two days and ten hours: hours" {
  at "10 s" { fail "alpha" },
  lasts = "2 d 10 h",
}
outage "after all but some minutes" {
  at "10 s" { fail "alpha" },
  lasts = "2 d 23 h 59 min",
}
outage "after all but seconds, and then it is over" {
  at "10 s" { fail "alpha" },
  at "3 d"  { restore "alpha" },
  lasts = "3 d 1 min",
  expect { licence "f" { expired = true } },
}
outage "it never ran" {
  lasts = "10 s",
  expect { licence "f" { expired = true } },
}
