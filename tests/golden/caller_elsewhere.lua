include "part/building.lua"
volume "disk" { path = "/srv/a", size = "4 TiB" }

local function campus(n)
  for i = 1, n do building("b-" .. i, 7400 + i) end
end

campus(2)
