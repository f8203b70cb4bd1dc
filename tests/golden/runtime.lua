local function make(n)
  return camera("gate-" .. n) { server = "alpha", url = "rtsp://10.0.1." .. nmae .. "/s" }
end
make(1)
local t = nil
t.x = 1
