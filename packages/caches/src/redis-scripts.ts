/** What the cache does in Redis: each script one step, over one key. */

import { redisScript } from "./redis-connection.ts";

/**
 * Adds a part, and takes all of them away when it was the last: one step, so that only one of those
 * who store at the same time gets the whole. Parts are base64, one field each. With a lease the
 * whole stays, beside the parts of a later message, in a field named after the part that completed
 * it. Answers the whole, nothing while parts are missing, or 1 while somebody has the lease.
 */
export const storePartScript = redisScript(`
local key, sequence, part, total, lease = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[5])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local joined = 'joined:' .. sequence .. ':' .. redis.sha1hex(part)
local whole
if lease > 0 then
  local known = redis.call('HGET', key, joined)
  if known then
    local leased
    leased, whole = string.match(known, '^(%d+) (.*)$')
    if tonumber(leased) > now then return 1 end
  end
end
if not whole then
  redis.call('HSET', key, sequence, part)
  local fields, parts = {}, {}
  for number = 1, total do fields[number] = number end
  if redis.call('HLEN', key) >= total then parts = redis.call('HMGET', key, unpack(fields)) end
  for number = 1, total do
    if not parts[number] then
      redis.call('PEXPIRE', key, ARGV[4])
      return false
    end
  end
  redis.call('HDEL', key, unpack(fields))
  whole = table.concat(parts, ' ')
end
if lease > 0 then
  redis.call('HSET', key, joined, string.format('%.0f', now + lease) .. ' ' .. whole)
  redis.call('PEXPIRE', key, ARGV[4])
end
return whole
`);

export const settleScript = redisScript(`
local joined = 'joined:' .. ARGV[1] .. ':' .. redis.sha1hex(ARGV[2])
local known = redis.call('HGET', KEYS[1], joined)
if not known then return end
if ARGV[3] == 'true' then redis.call('HDEL', KEYS[1], joined)
else redis.call('HSET', KEYS[1], joined, '0' .. string.match(known, ' .*$')) end
`);

export const storeIdScript = redisScript("redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])");
export const fetchIdScript = redisScript("return redis.call('GET', KEYS[1])");
export const deleteIdScript = redisScript("redis.call('DEL', KEYS[1])");

/**
 * Notes that the message ARGV[1] is due in ARGV[2] milliseconds, and takes off the list which are
 * due by now, so that one process alone gets each.
 */
export const watchScript = redisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)
if #due > 0 then redis.call('ZREM', KEYS[1], unpack(due)) end
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
return due
`);

/** Takes the parts of a message away, unless one came in the last ARGV[1] milliseconds. */
export const giveUpScript = redisScript(`
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then return {} end
local parts = {}
for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
  if tonumber(field) then table.insert(parts, field) end
end
if #parts > 0 then redis.call('HDEL', KEYS[1], unpack(parts)) end
return parts
`);
