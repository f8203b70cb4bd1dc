-- A bad plug: the path is there for 700 ms and away for 400 ms, for a while. A sign of life may be late, but alpha is not taken over.
-- bed: site pair
-- bed: by chance
-- bed: at 2 s flap alpha omega 700 400
-- bed: at 17 s clear alpha omega
outage "the plug is loose" {
  lasts = "20 s",
}
