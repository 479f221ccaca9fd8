-- Two counts that stand for a window that slides. A cell is the start of the window under way, and what the last window and
-- this one have admitted.
algorithms.sliding = {}

function algorithms.sliding.read()
  return { limit = number(), period = number(), change = text(), amount = number(), window = pair() }
end

function algorithms.sliding.parse(stored)
  local seconds, nanos, previous, current = string.match(stored, '^(%d+) (%d+) (%d+) (%d+)$')
  local start = parse(seconds, nanos)
  if not start or #previous > 10 or #current > 10 then
    return nil
  end
  return { start = start, previous = tonumber(previous), current = tonumber(current) }
end

function algorithms.sliding.ends(quota, cell)
  if cell.previous == 0 and cell.current == 0 then
    return cell.start
  end
  return plus(cell.start, { cell.current == 0 and quota.period or 2 * quota.period, 0 })
end

-- A start in the future: the clock stepped back; nobody waits longer than two windows for that.
function algorithms.sliding.at(quota, cell, now)
  if not is_less(now.server, algorithms.sliding.ends(quota, cell)) then
    return algorithms.sliding.fresh(quota, now)
  end
  local start = least(cell.start, now.server)
  local second = plus(start, { quota.period, 0 })
  if is_less(now.server, second) then
    return { start = start, previous = cell.previous, current = cell.current }
  end
  return { start = second, previous = cell.current, current = 0 }
end

function algorithms.sliding.fresh(_, now)
  return { start = now.server, previous = 0, current = 0 }
end

function algorithms.sliding.longest(quota)
  return { 2 * quota.period, 0 }
end

-- There is room where previous * left / period + current, rounded up, is no more than what leaves the cost.
function algorithms.sliding.take(quota, cell, now)
  local room = quota.limit - quota.amount - cell.current
  if room < 0 then
    return nil
  end
  local left = since(plus(cell.start, { quota.period, 0 }), now.server)
  local overlap = multiply(digits(cell.previous), nanoseconds(left))
  if is_more(overlap, multiply(digits(room), nanoseconds({ quota.period, 0 }))) then
    return nil
  end
  return { start = cell.start, previous = cell.previous, current = cell.current + quota.amount }
end

-- The window of the charge may be the last one by now.
function algorithms.sliding.settle(quota, cell)
  local window = plus(cell.start, { quota.period, 0 })
  local which
  if window[1] == quota.window[1] and window[2] == quota.window[2] then
    which = 'current'
  elseif cell.start[1] == quota.window[1] and cell.start[2] == quota.window[2] then
    which = 'previous'
  else
    return nil
  end
  local after = { start = cell.start, previous = cell.previous, current = cell.current }
  if quota.change == 'back' then
    after[which] = math.max(after[which] - quota.amount, 0)
  else
    local most = math.min(2 * quota.limit, 4294967295)
    after[which] = math.max(math.min(after[which] + quota.amount, most), after[which])
  end
  return after
end

function algorithms.sliding.tell(quota, cell, now)
  local ends = algorithms.sliding.ends(quota, cell, now)
  return { ends[1], ends[2], cell.previous, cell.current }
end

function algorithms.sliding.print(cell)
  return string.format('%.0f %.0f %.0f %.0f', cell.start[1], cell.start[2], cell.previous, cell.current)
end

-- Whatever window is under way, and where more comes back than that has admitted, the one before.
function algorithms.sliding.adjust(quota, cell)
  if quota.change == 'back' and cell.previous == 0 and cell.current == 0 then
    return nil
  end
  quota.window = plus(cell.start, { quota.period, 0 })
  local after = algorithms.sliding.settle(quota, cell)
  if quota.change == 'back' then
    after.previous = math.max(cell.previous - math.max(quota.amount - cell.current, 0), 0)
  end
  return after
end
