-- The generic cell rate algorithm. A cell is the time at which the bucket is full again.
algorithms.gcra = {}

function algorithms.gcra.read()
  return { tolerance = pair(), change = text(), amount = pair() }
end

function algorithms.gcra.parse(stored)
  local seconds, nanos = string.match(stored, '^(%d+) (%d+)$')
  local full = parse(seconds, nanos)
  return full and { ends = full }
end

-- A clock that stepped back makes nobody wait longer than the deepest debt.
function algorithms.gcra.at(quota, cell, now)
  local deepest = plus(quota.tolerance, quota.tolerance)
  local debt = least(since(cell.ends, now.server), deepest)
  return { ends = plus(now.server, debt) }
end

function algorithms.gcra.fresh(_, now)
  return { ends = now.server }
end

function algorithms.gcra.ends(_, cell)
  return cell.ends
end

function algorithms.gcra.longest(quota)
  return plus(quota.tolerance, quota.tolerance)
end

function algorithms.gcra.take(quota, cell, now)
  local after = plus(cell.ends, quota.amount)
  if is_less(quota.tolerance, since(after, now.server)) then
    return nil
  end
  return { ends = after }
end

function algorithms.gcra.settle(quota, cell, now)
  local debt = since(cell.ends, now.server)
  if quota.change == 'back' then
    debt = since(debt, quota.amount)
  else
    debt = least(plus(debt, quota.amount), algorithms.gcra.longest(quota))
  end
  return { ends = plus(now.server, debt) }
end

function algorithms.gcra.tell(_, cell)
  return { cell.ends[1], cell.ends[2] }
end

function algorithms.gcra.print(cell)
  return string.format('%.0f %.0f', cell.ends[1], cell.ends[2])
end

function algorithms.gcra.adjust(quota, cell, now)
  return algorithms.gcra.settle(quota, cell, now)
end
