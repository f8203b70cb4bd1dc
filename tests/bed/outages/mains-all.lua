-- omega loses all its peers within two seconds; the cameras are in reach, so its own network is not at fault (R29). More than a heartbeat
-- lies between them, for who is missed first has the first slot (R37); those that wait for it are back before it is free again.
-- bed: site mains
outage "all mains lose their power" {
  at "2 s"    { fail "gate" },
  at "2700 ms" { fail "hall" },
  at "3400 ms" { fail "yard" },
  at "11 s"   { restore "hall", restore "yard" },
  at "15 s"   { restore "gate" },
  lasts = "25 s",
}
