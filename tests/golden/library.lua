local _ = io
local _ = os
local _ = debug
local _ = load
local _ = loadstring
local _ = dofile
local _ = require
local _ = pcall
local _ = coroutine
local _ = setmetatable
local _ = getmetatable
local _ = collectgarbage
local _ = next
local _ = rawset
local _ = _G
local _ = print
local a = { string.dump, string.pack, math.random, table.move }
assert(#a == 0)
local b = ("x").dump
assert(b == nil)
error("end of the list", 0)
