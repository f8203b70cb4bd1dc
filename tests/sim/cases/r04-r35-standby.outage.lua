outage "the standby's volume goes while it carries, the main's volumes do not matter to it" {
  at "10 s" { fail "alpha", lose "disk-a", lose "disk-b", lose "spare-a" }, -- it is dead: that is no alarm
  at "30 s" { lose "disk-o" },
  at "40 s" { fill "spare-o" },
  at "45 s" { regain "disk-o" },
  lasts = "1 min",
}
outage "it has none when it takes over" {
  at "5 s"  { lose "disk-o", lose "spare-o" },
  at "10 s" { fail "alpha" },
  at "30 s" { regain "spare-o" },
  lasts = "1 min",
}
