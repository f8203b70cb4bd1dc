-- The same file without Understudy: Lua runs it with constructors that do nothing.
-- usage: lua5.4 plain.lua TOPOLOGY
local function word() return function() end end
volume, server, camera, failover = word, word, word, word
dofile(arg[1])
