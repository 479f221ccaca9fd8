-- One revocation: from when on tokens are good again, as twenty digits, which compare as the numbers do.
-- The answer is the call's number and what holds now, nothing where there is no revocation.
local key, call, operation = KEYS[1], tonumber(ARGV[1]), ARGV[2]
local found = redis.call('GET', key)
if found and (#found ~= 20 or string.find(found, '%D')) then
  return redis.error_reply('CORRUPT a revocation is none of ours')
end
if operation == 'find' then
  return { call, found or '' }
end

-- Both moments only rise. No key is ever without an end, and none is stored and given its end in two steps.
local before, left = ARGV[3], tonumber(ARGV[4])
if found and found > before then
  before = found
end
local there = redis.call('PTTL', key)
if there > left then
  left = there
end
redis.call('SET', key, before, 'PX', string.format('%.0f', left))
return { call, before }
