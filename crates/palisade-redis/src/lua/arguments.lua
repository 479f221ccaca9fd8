-- What each algorithm knows to do, by its name.
local algorithms = {}

-- Arguments are read one after another: those of the call, then those of each charge.
local position = 0

local function text()
  position = position + 1
  return ARGV[position]
end

local function number()
  return tonumber(text())
end

local function pair()
  local seconds = number()
  return { seconds, number() }
end
