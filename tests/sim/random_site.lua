-- A site at random: test_soak.c puts other seeds here.
local seed = 1

local state = seed * 7919 + 13
local function roll(sides)
  state = (state * 1103515245 + 12345) % 2147483648
  return state // 65536 % sides
end
local function one(...) return (select(roll(select("#", ...)) + 1, ...)) end

local standbys, mains = 1 + roll(3), 1 + roll(6)
for s = 1, standbys do
  volume("disk-s" .. s) { path = "/srv/s" .. s, size = "9 TiB" }
  server("s" .. s) { address = "10.1.0." .. s .. ":7400", archive = { "disk-s" .. s } }
end
local scope = roll(3) -- of limits: none, one for the site, one for each standby
for m = 1, mains do
  local name, standby = "m" .. m, "s" .. 1 + roll(standbys)
  volume("disk-" .. name) { path = "/srv/" .. name, size = "9 TiB" }
  server(name) {
    address = "10.2.0." .. m .. ":7400", archive = { "disk-" .. name }, priority = roll(3),
    ask_wait = one("0 s", "2 s", "10 s"),
  }
  for c = 1, 1 + roll(3) do
    camera(name .. "-" .. c) {
      server = name, url = "rtsp://10.3." .. m .. "." .. c .. "/stream1", rate = "2 Mbit/s",
      arm = one("cold", "warm"), sessions = 1 + roll(2),
    }
  end
  failover(name .. "-to-" .. standby) {
    standby = standby, monitor = name, expect_reconnection = one("0 s", "3 s", "20 s"),
    hold_down = one("0 s", "0 s", "30 s"), transfer_if_no_ping = roll(2) == 0,
    failback = one("auto", "auto", "manual"),
  }
end
if scope == 1 then failover_manager "site" { max_running = 1 + roll(2), when_unreachable = one("allow", "hold") } end
for s = 1, scope == 2 and standbys or 0 do
  failover_manager("limit-" .. s) { max_running = 1 + roll(2), standby = "s" .. s }
end
if roll(3) == 0 then
  coordinator { etcd = { "http://10.4.0.1:2379" }, when_unreachable = one("allow", "hold") }
end
