outage "what is whole, and what is broken already" {
  at "1 s"  { restore "alpha", log_on "omega", wake "alpha", rejoin "alpha", heal("alpha", "omega") },
  at "2 s"  { regain "disk", empty "disk", resume "lobby", lose "coordinator", regain "coordinator" },
  at "3 s"  { fail "alpha", fail "alpha", log_off "alpha", pause "alpha", jump("alpha", "1 h") },
  at "4 s"  { cut("alpha", "omega"), cut("omega", "alpha"), isolate "omega", isolate "omega" },
  at "5 s"  { lose "disk", lose "disk", fill "disk", stall "lobby", stall "lobby" },
  at "6 s"  { pause "omega", pause "omega", log_off "omega", force_start "alpha-to-omega", jump("omega", "-1 h") },
  at "7 s"  { fail "omega", wake "omega", force_stop "alpha-to-omega" },
  at "8 s"  { cut("alpha", "disk"), cut("coordinator", "alpha"), heal("alpha", "disk") },
  lasts = "1 min",
}
outage "each of it in its time" {
  at "1 s" { pause "omega", isolate "omega", stall "lobby", fill "disk" },
  at "2 s" { wake "omega", rejoin "omega", resume "lobby", empty "disk", lose "disk" },
  at "3 s" { regain "disk", jump("omega", "-1 h"), jump("omega", "1 h"), log_off "omega" },
  lasts = "1 min",
}
outage "one time after the other" {
  at "20 s" { restore "alpha" },
  at "10 s" { fail "alpha" },
  at "10 s" { fail "alpha" },
  at "5 s"  { force_start "alpha-to-omega" },
  lasts = "1 min",
}
