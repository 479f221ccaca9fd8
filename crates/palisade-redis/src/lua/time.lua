-- Nanoseconds since 1970 need 61 bits, a number here holds 53: a time is a pair of whole seconds and the nanoseconds beyond
-- them, and every sum below is exact.
local BILLION = 1000000000
local DAY = { 86400, 0 }

local function plus(a, b)
  local rest = a[2] + b[2]
  if rest >= BILLION then
    return { a[1] + b[1] + 1, rest - BILLION }
  end
  return { a[1] + b[1], rest }
end

local function is_less(a, b)
  return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2])
end

-- From `b` until `a`; nothing where `a` is earlier.
local function since(a, b)
  if not is_less(b, a) then
    return { 0, 0 }
  end
  local rest = a[2] - b[2]
  if rest < 0 then
    return { a[1] - b[1] - 1, rest + BILLION }
  end
  return { a[1] - b[1], rest }
end

local function least(a, b)
  if is_less(b, a) then
    return b
  end
  return a
end

-- What is left of a time after whole periods of so many seconds.
local function modulo(a, period)
  return { a[1] % period, a[2] }
end

-- Two numbers out of a stored text, or nothing where they are none of ours.
local function parse(seconds, nanos)
  if not seconds or #seconds > 11 or #nanos > 9 then
    return nil
  end
  return { tonumber(seconds), tonumber(nanos) }
end
