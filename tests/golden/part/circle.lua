include "part/circle.lua"
