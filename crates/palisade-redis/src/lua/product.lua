-- Whole numbers of any size, as digits of 24 bits with the lowest first: products of counts and times need up to 91 bits.
local BASE = 16777216

local function digits(value)
  local list = {}
  repeat
    list[#list + 1] = value % BASE
    value = math.floor(value / BASE)
  until value == 0
  return list
end

local function multiply(a, b)
  local list = {}
  for at = 1, #a + #b do
    list[at] = 0
  end
  for i, x in ipairs(a) do
    local carry = 0
    for j, y in ipairs(b) do
      local sum = list[i + j - 1] + x * y + carry
      list[i + j - 1] = sum % BASE
      carry = math.floor(sum / BASE)
    end
    list[i + #b] = carry
  end
  return list
end

local function is_more(a, b)
  for at = math.max(#a, #b), 1, -1 do
    local x, y = a[at] or 0, b[at] or 0
    if x ~= y then
      return x > y
    end
  end
  return false
end

-- A time in nanoseconds.
local function nanoseconds(time)
  local list = multiply(digits(time[1]), digits(BILLION))
  local carry = time[2]
  for at = 1, #list do
    local sum = list[at] + carry
    list[at] = sum % BASE
    carry = math.floor(sum / BASE)
  end
  return list
end
