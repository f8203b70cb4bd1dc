local text = ("a"):rep(3000)
local found = text:find((".-"):rep(12) .. "b")
