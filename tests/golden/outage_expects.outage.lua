outage "expectations" {
  lasts = "1 min",
  expect {
    overload "omega" { never = false }, overload "alpha" { never = true }, overload "omgea" { never = true },
    recorded "lobby" { at_least = "1 s", by = "omga" }, recorded "lobyb" { at_least = "0 s" }, recorded "lobby" {},
    double "lobby" { at_most = "0 s" }, double "lobby" { at_most = "never" }, double "alpha" { at_most = "1 s" },
    queued "alpha-to-omga" { at_most = "1 s" }, queued "alpha-to-omega" { at_most = 5 },
    licence "alpha-to-omega" { expired = false }, licence "alpha-to-omga" {},
  },
}
