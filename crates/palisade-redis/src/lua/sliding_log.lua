-- Every charge of the last period, one by one. A cell is a list of entries, the oldest first, and the sum of their costs; it is
-- stored as seconds, nanoseconds and cost of each in turn.
algorithms.log = {}

function algorithms.log.read()
  return { limit = number(), period = number(), change = text(), amount = number(), window = pair() }
end

local function is_count(value)
  return type(value) == 'number' and value >= 0 and value < 100000000000 and value == math.floor(value)
end

function algorithms.log.parse(stored)
  local is_ours, numbers = pcall(cmsgpack.unpack, stored)
  if not is_ours or type(numbers) ~= 'table' or #numbers % 3 ~= 0 then
    return nil
  end
  local cell = { total = 0 }
  for nth = 1, #numbers, 3 do
    local seconds, nanos, cost = numbers[nth], numbers[nth + 1], numbers[nth + 2]
    if not (is_count(seconds) and is_count(nanos) and is_count(cost) and nanos < BILLION) then
      return nil
    end
    cell[#cell + 1] = { at = { seconds, nanos }, cost = cost }
    cell.total = cell.total + cost
  end
  return cell
end

local function end_of(quota, entry)
  return plus(entry.at, { quota.period, 0 })
end

function algorithms.log.ends(quota, cell)
  return #cell > 0 and end_of(quota, cell[#cell]) or { 0, 0 }
end

-- An entry counts until its end, and no longer at that very moment.
function algorithms.log.at(quota, cell, now)
  local live = { total = 0 }
  for _, entry in ipairs(cell) do
    if #live > 0 or is_less(now.server, end_of(quota, entry)) then
      live[#live + 1] = entry
      live.total = live.total + entry.cost
    end
  end
  return live
end

function algorithms.log.fresh()
  return { total = 0 }
end

function algorithms.log.longest(quota)
  return { 2 * quota.period, 0 }
end

-- A copy: what there was is told afterwards.
function algorithms.log.take(quota, cell, now)
  local total = cell.total + quota.amount
  if total > quota.limit then
    return nil
  end
  local after, newest = { total = total }, cell[#cell]
  for nth, entry in ipairs(cell) do
    after[nth] = entry
  end
  if newest and not is_less(newest.at, now.server) then
    after[#after] = { at = newest.at, cost = newest.cost + quota.amount }
  else
    after[#after + 1] = { at = now.server, cost = quota.amount }
  end
  return after
end

function algorithms.log.settle(quota, cell)
  local after, is_found = {}, false
  for _, entry in ipairs(cell) do
    local cost = entry.cost
    if entry.at[1] == quota.window[1] and entry.at[2] == quota.window[2] then
      is_found = true
      if quota.change == 'back' then
        cost = math.max(cost - quota.amount, 0)
      else
        cost = cost + math.min(math.max(2 * quota.limit - cell.total, 0), quota.amount)
      end
    end
    if cost > 0 then
      after[#after + 1] = { at = entry.at, cost = cost }
    end
  end
  return is_found and after or nil
end

-- When the sum will be no more than `most`: when the entry that makes it so has gone.
local function when(quota, cell, most, now)
  local left, moment = cell.total, now.server
  local latest = plus(now.server, { 2 * quota.period, 0 })
  for _, entry in ipairs(cell) do
    if left <= most then
      break
    end
    left = left - entry.cost
    moment = least(end_of(quota, entry), latest)
  end
  return moment
end

-- The sum, the newest entry, when there will be one more than now, and when there will be enough for the cost.
function algorithms.log.tell(quota, cell, now)
  local newest = #cell > 0 and cell[#cell].at or { 0, 0 }
  local more = when(quota, cell, math.min(cell.total, quota.limit) - 1, now)
  local enough = when(quota, cell, quota.limit - quota.amount, now)
  return { cell.total, newest[1], newest[2], more[1], more[2], enough[1], enough[2] }
end

function algorithms.log.print(cell)
  local numbers = {}
  for _, entry in ipairs(cell) do
    numbers[#numbers + 1] = entry.at[1]
    numbers[#numbers + 1] = entry.at[2]
    numbers[#numbers + 1] = entry.cost
  end
  return cmsgpack.pack(numbers)
end

-- What is taken is charged now; what comes back is what would end next.
function algorithms.log.adjust(quota, cell, now)
  if quota.change == 'back' then
    local after, left = { total = 0 }, quota.amount
    for _, entry in ipairs(cell) do
      local given = math.min(entry.cost, left)
      left = left - given
      if entry.cost > given then
        after[#after + 1] = { at = entry.at, cost = entry.cost - given }
      end
    end
    return #cell > 0 and after or nil
  end
  local room = math.min(math.max(2 * quota.limit - cell.total, 0), quota.amount)
  if room == 0 then
    return nil
  end
  return algorithms.log.take({ limit = 2 * quota.limit, amount = room }, cell, now)
end
