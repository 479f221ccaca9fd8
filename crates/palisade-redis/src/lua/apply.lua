-- One call: all charges are read and decided, then all are made or none. Each charge has two keys, its counter and its block.
-- The answer is the call's number, the time, whether all were admitted, how many values were corrupt, and what there was.
local call, operation = number(), text()
local now, margin = {}, number()
if text() == 'server' then
  local clock = redis.call('TIME')
  now.server = { tonumber(clock[1]), tonumber(clock[2]) * 1000 }
  now.date = now.server
else
  now.server = pair()
  now.date = pair()
end

local changes = operation ~= 'peek'
local corrupt = 0

-- No key is ever without an end, and none is stored and given its end in two steps.
local function store(key, stored, ends)
  local left = since(ends, now.server)
  if left[1] == 0 and left[2] == 0 then
    redis.call('DEL', key)
  else
    local millis = left[1] * 1000 + math.ceil(left[2] / 1000000) + margin
    redis.call('SET', key, stored, 'PX', string.format('%.0f', millis))
  end
end

-- What stands there, or nothing; what is none of ours, or lies further ahead than it ever could, is removed and told.
local function load(key, algorithm, quota)
  local stored = redis.pcall('GET', key)
  if not stored then
    return nil
  end
  local cell = type(stored) == 'string' and algorithm.parse(stored)
  if cell and not quota then
    return cell
  end
  if cell and not is_less(plus(algorithm.longest(quota), DAY), since(algorithm.ends(quota, cell), now.server)) then
    return cell
  end
  corrupt = corrupt + 1
  if changes then
    redis.call('DEL', key)
  end
  return nil
end

local function block_of(key)
  local block = load(key, algorithms.gcra)
  if block and is_less(now.server, block.ends) then
    return block.ends
  end
  return nil
end

local charges = {}
local admitted = 1
for nth = 1, #KEYS / 2 do
  local charge = { counter = KEYS[2 * nth - 1], block = KEYS[2 * nth] }
  charge.algorithm = algorithms[text()]
  charge.quota = charge.algorithm.read()
  local stored = load(charge.counter, charge.algorithm, charge.quota)
  if stored then
    charge.cell = charge.algorithm.at(charge.quota, stored, now)
  else
    charge.cell = charge.algorithm.fresh(charge.quota, now)
  end
  charge.blocked = block_of(charge.block)
  if operation == 'take' or operation == 'peek' then
    if charge.quota.change == 'take' then
      charge.after = charge.algorithm.take(charge.quota, charge.cell, now)
    end
    -- Looking is always admitted, what can never fit never is.
    if charge.blocked or (charge.quota.change ~= 'look' and not charge.after) then
      admitted = 0
    end
  elseif operation == 'settle' and charge.quota.change ~= 'none' then
    charge.after = charge.algorithm.settle(charge.quota, charge.cell, now)
  elseif operation == 'adjust' and charge.quota.change ~= 'none' then
    charge.after = charge.algorithm.adjust(charge.quota, charge.cell, now)
  end
  charges[nth] = charge
end

if operation == 'block' then
  local ends = plus(now.server, pair())
  for _, charge in ipairs(charges) do
    if not charge.blocked or is_less(charge.blocked, ends) then
      store(charge.block, algorithms.gcra.print({ ends = ends }), ends)
    end
  end
elseif operation == 'clear' then
  if #KEYS > 0 then
    redis.call('DEL', unpack(KEYS))
  end
elseif changes and admitted == 1 then
  for _, charge in ipairs(charges) do
    if charge.after then
      store(charge.counter, charge.algorithm.print(charge.after), charge.algorithm.ends(charge.quota, charge.after, now))
    end
  end
end

local answer = { call, now.server[1], now.server[2], admitted, corrupt }
for _, charge in ipairs(charges) do
  local blocked = charge.blocked or { 0, 0 }
  answer[#answer + 1] = blocked[1]
  answer[#answer + 1] = blocked[2]
  for _, part in ipairs(charge.algorithm.tell(charge.quota, charge.cell, now)) do
    answer[#answer + 1] = part
  end
end
return answer
