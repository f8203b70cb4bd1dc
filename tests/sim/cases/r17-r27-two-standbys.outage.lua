-- The standbys do not see each other, and an operator moves the main from one to the other in the middle of its return: the
-- main says to the first one that the second one has it on disk (R27), so that the first return ends as well.
outage "from one standby to another" {
  at "10 s"    { cut("first", "second") },
  at "15 s"    { force_start "to-first" },
  at "18 s"    { force_stop "to-first" },
  at "18 s 500 ms" { force_start "to-second" },
  at "30 s"    { force_stop "to-second" },
  lasts = "40 s",
  expect { gap "cam" { at_most = "0 s" } },
}
