local function count(text, pattern)
  local n = 0
  for _ in text:gmatch(pattern) do n = n + 1 end
  return n
end

count(("a"):rep(28), ("a?"):rep(28) .. ("a"):rep(28) .. "b")
