outage "the main has no network for a while" {
  at "10 s" { isolate "alpha" },
  at "40 s" { rejoin "alpha" },
  lasts = "1 min",
}
