-- 16 kbit/s from alpha to omega, and from omega to alpha: enough for signs of life.
-- bed: site pair
-- bed: at 2 s slow alpha omega 16000
-- bed: at 2 s slow omega alpha 16000
-- bed: at 20 s clear alpha omega
outage "the line between the two is slow" {
  lasts = "24 s",
}
