local function make(n)
  server(n) { address = 5 }
end
make("alpha")

make("beta")
