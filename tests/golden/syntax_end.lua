for i = 1, 3 do
  camera("gate-" .. i) { server = "alpha", url = "rtsp://10.0.1.2/" .. i }
