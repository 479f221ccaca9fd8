-- A count that starts again with each window. A cell is the end of its window and what the window has admitted.
algorithms.fixed = {}

function algorithms.fixed.read()
  return {
    limit = number(), period = number(), longest = number(), align = text(), offset = pair(), minutes = number(),
    change = text(), amount = number(), window = pair(),
  }
end

function algorithms.fixed.parse(stored)
  local seconds, nanos, used = string.match(stored, '^(%d+) (%d+) (%d+)$')
  local ends = parse(seconds, nanos)
  if not ends or #used > 11 then
    return nil
  end
  return { ends = ends, used = tonumber(used) }
end

-- A clock that stepped back makes nobody wait longer than a window.
function algorithms.fixed.at(quota, cell, now)
  if not is_less(now.server, cell.ends) then
    return algorithms.fixed.fresh(quota, now)
  end
  return { ends = least(cell.ends, plus(now.server, { quota.longest, 0 })), used = cell.used }
end

function algorithms.fixed.fresh(quota, now)
  if quota.align == 'calendar' then
    return { ends = plus(now.server, until_end(quota.period, quota.minutes, now.date)), used = 0 }
  end
  local into = { 0, 0 }
  if quota.align == 'epoch' then
    into = modulo(now.date, quota.period)
  elseif quota.align == 'key' then
    into = modulo(plus(modulo(now.server, quota.period), quota.offset), quota.period)
  end
  return { ends = plus(now.server, since({ quota.period, 0 }, into)), used = 0 }
end

function algorithms.fixed.ends(_, cell)
  return cell.ends
end

function algorithms.fixed.longest(quota)
  return { quota.longest, 0 }
end

function algorithms.fixed.take(quota, cell)
  local used = cell.used + quota.amount
  if used > quota.limit then
    return nil
  end
  return { ends = cell.ends, used = used }
end

-- Nothing comes back into a later window than it was taken from.
function algorithms.fixed.settle(quota, cell)
  if cell.ends[1] ~= quota.window[1] or cell.ends[2] ~= quota.window[2] then
    return nil
  end
  local used
  if quota.change == 'back' then
    used = math.max(cell.used - quota.amount, 0)
  else
    used = math.min(cell.used + quota.amount, 2 * quota.limit)
  end
  return { ends = cell.ends, used = used }
end

function algorithms.fixed.tell(_, cell)
  return { cell.ends[1], cell.ends[2], cell.used }
end

function algorithms.fixed.print(cell)
  return string.format('%.0f %.0f %.0f', cell.ends[1], cell.ends[2], cell.used)
end

-- Whatever window is under way. Giving back to one that has admitted nothing opens none.
function algorithms.fixed.adjust(quota, cell)
  if quota.change == 'back' and cell.used == 0 then
    return nil
  end
  quota.window = cell.ends
  return algorithms.fixed.settle(quota, cell)
end
