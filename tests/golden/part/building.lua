function building(name, port)
  server(name) { adress = "10.0.0.1:" .. port, archive = { "disk" } }
end
