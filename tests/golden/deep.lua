local t = {}
t.capacity = t
t.address = "a:1"
server "alpha" (t)
local text = string.rep("{", 300)
local s = tostring(t)
