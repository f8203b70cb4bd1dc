-- A large site: SERVERS x CAMERAS in a ring, each server the standby of the one before it, one NAS. With loops it is this
-- file's own text that is written, 20 lines for any size; flat, every declaration stands in a line of its own.
-- usage: lua5.4 site.lua loops|flat SERVERS CAMERAS >topology.lua
local form, servers, cameras = arg[1], math.tointeger(arg[2]), math.tointeger(arg[3])

local loops = [[
volume "vault" { nas = "/mnt/vault", size = "900 TiB" }
for s = 1, SERVERS do
  local name = "srv-" .. s
  server(name) { address = "host-" .. s .. ":7400", archive = { "vault" } }
  for c = 1, CAMERAS do
    camera(name .. "-" .. c) { server = name, url = "rtsp://cam-" .. s .. "-" .. c .. "/stream1", rate = "4 Mbit/s" }
  end
end
for s = 1, SERVERS do
  failover("of-" .. s) { standby = "srv-" .. s % SERVERS + 1, monitor = "srv-" .. s, expect_reconnection = "20 s" }
end
]]

if form == "loops" then
  io.write((loops:gsub("SERVERS", servers):gsub("CAMERAS", cameras)))
  return
end

-- The same declarations, each written out by a constructor of its own.
local function text(value)
  if type(value) ~= "table" then return string.format("%q", value) end
  return "{ " .. text(value[1]) .. " }"
end
local function word(kind, order)
  return function(name)
    return function(body)
      local fields = {}
      for _, key in ipairs(order) do
        if body[key] then fields[#fields + 1] = key .. " = " .. text(body[key]) end
      end
      io.write(kind, " ", text(name), " { ", table.concat(fields, ", "), " }\n")
    end
  end
end
volume = word("volume", { "nas", "size" })
server = word("server", { "address", "archive" })
camera = word("camera", { "server", "url", "rate" })
failover = word("failover", { "standby", "monitor", "expect_reconnection" })
load((loops:gsub("SERVERS", servers):gsub("CAMERAS", cameras)))()
