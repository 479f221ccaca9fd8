-- Days, weeks from Monday, and months of the proleptic Gregorian calendar, at a fixed distance from UTC.
local function start_of_year(year)
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
end

-- Days since 1970-01-01. Months are counted from March, so that the leap day comes last; an era is 400 years.
local function first_of_next_month(day)
  local since_march_0000 = day + 719468
  local era = math.floor(since_march_0000 / 146097)
  local of_era = since_march_0000 % 146097
  local year = math.floor(
    (of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local month = math.floor((5 * (of_era - start_of_year(year)) + 2) / 153) + 1
  if month == 12 then
    year, month = year + 1, 0
  end
  return era * 146097 + start_of_year(year) + math.floor((153 * month + 2) / 5) - 719468
end

-- From now until the day, the week or the month ends.
local function until_end(period, minutes, date)
  local there = date[1] + minutes * 60
  local day = math.floor(there / 86400)
  local first_after
  if period == 86400 then
    first_after = day + 1
  elseif period == 604800 then
    -- Day 0 was a Thursday.
    first_after = day + 7 - (day + 3) % 7
  else
    first_after = first_of_next_month(day)
  end
  return since({ first_after * 86400 - there, 0 }, { 0, date[2] })
end
