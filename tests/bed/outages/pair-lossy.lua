-- A third of all packets between the two is lost. A heartbeat may be late, but alpha is not taken over.
-- bed: site pair
-- bed: by chance
-- bed: at 2 s lossy alpha omega 33
-- bed: at 22 s clear alpha omega
outage "a third of all packets is lost" {
  lasts = "26 s",
}
