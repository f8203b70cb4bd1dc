local text = "x"
for i = 1, 100 do
  text = text .. text
end
