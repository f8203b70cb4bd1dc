outage "one volume after the other, and back" {
  at "10 s" { lose "disk-a" },
  at "20 s" { fill "disk-b" },
  at "30 s" { regain "disk-a" },
  at "40 s" { fill "disk-a" },
  at "50 s" { lose "spare-a" },
  at "60 s" { empty "disk-b" },
  lasts = "70 s",
  expect { gap "cold" { at_most = "10 s" }, recorded "cold" { by = "alpha", at_least = "1 min" } },
}
