-- More of something than can be handled.
local witnesses, volumes = {}, {}
for i = 1, 9 do
  witnesses[i] = "10.0.0." .. i .. ":80"
  volumes[i] = "v" .. i
  volume("v" .. i) { path = "/srv/" .. i, size = "1 TiB" }
end
server "alpha" { address = "a:1", archive = { "v1" }, witness = witnesses }
server "omega" { address = "o:1", archive = volumes }
site {}
site {}
