outage "a camera with one reader is handed back" {
  at "10 s" { fail "alpha" },
  at "30 s" { restore "alpha" },
  lasts = "40 s",
}
