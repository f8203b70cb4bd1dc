-- Somebody on the network floods the ports of both with garbage, half a handshake, frames of 2^60 bytes and connections that say
-- nothing, more than a process may have. The take-over and the return are as without it.
-- bed: site pair
-- bed: at 1 s attack omega
-- bed: at 1 s attack alpha
-- bed: at 26 s relent omega
-- bed: at 26 s relent alpha
outage "a main loses its power while both servers are attacked" {
  at "8 s"  { fail "alpha" },
  at "18 s" { restore "alpha" },
  lasts = "28 s",
}
