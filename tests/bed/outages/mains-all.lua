-- omega loses all its peers at once; the cameras are in reach, so its own network is not at fault (R29).
-- bed: site mains
outage "all mains lose their power" {
  at "2 s"  { fail "gate", fail "hall", fail "yard" },
  at "14 s" { restore "gate", restore "hall", restore "yard" },
  lasts = "24 s",
}
