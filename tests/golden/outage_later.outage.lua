outage "all that is not played yet" {
  at "1 s" { isolate "alpha", rejoin "alpah", pause "alpha", wake "alpha" },
  at "2 s" { lose "disk", regain "dish", lose "coordinator", fill "disk", empty "coordinator" },
  at "3 s" { stall "lobby", resume "lobyb", disable "alpha-to-omega", enable "alpha" },
  at "4 s" { jump("alpha", "1 h"), jump("alpha", "-1 h"), jump("alpah", "--1 h"), jump("alpha", "-200000 d") },
  at "5 s" { fail(7), jump("alpha") },
  lasts = "1 min",
  expect { overload "omega" { never = true }, overload "omgea" { never = "yes" } },
}
