-- More words without a body than are kept in mind; the first ones are told of.
for i = 1, 100000 do server("s" .. i) end
