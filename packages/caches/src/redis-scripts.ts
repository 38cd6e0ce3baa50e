/** What the cache does in Redis: each script one step, over one key. */

import { redisScript } from "@esme/redis";
import { mostAlike } from "./smpp-id.ts";

/** Overdue receipts that one process takes over at a time. */
const mostOverdue = 100;

/** Every script begins so. */
const clock = `
local key = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/** Takes the parts of a message away: its total, its data_coding, then sequence numbers and parts. */
const giveUp = `
local function giveUp()
  local fields = redis.call('HGETALL', key)
  local parts, total, coding = {}, '0', ''
  for i = 1, #fields, 2 do
    if tonumber(fields[i]) then
      table.insert(parts, fields[i])
      table.insert(parts, fields[i + 1])
      redis.call('HDEL', key, fields[i])
    end
    if fields[i] == 'total' then total = fields[i + 1] end
    if fields[i] == 'coding' then coding = fields[i + 1] end
  end
  redis.call('HDEL', key, 'total', 'coding', 'last')
  if #parts == 0 then return {} end
  return {total, coding, unpack(parts)}
end
`;

/**
 * Adds a part, and takes all of them away when it was the last: one step, so that only one of those
 * who store at the same time gets the whole. Parts are base64, one field each. With a lease the
 * whole stays, beside the parts of a later message, in a field named after the part that completed
 * it. A part that cannot belong to the parts that are there takes them away first; where ARGV[6] is
 * report, other octets take the place of those before. Answers what became of it, the whole, and
 * what was taken away.
 */
export const storePartScript = redisScript(`${clock}${giveUp}
local sequence, part, total, kept, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5])
local joined = 'joined:' .. total .. ':' .. sequence .. ':' .. redis.sha1hex(part)
local whole, older = nil, {}
if lease > 0 then
  local known = redis.call('HGET', key, joined)
  if known then
    local leased
    leased, whole = string.match(known, '^(%d+) (.*)$')
    if tonumber(leased) > now then return {'leased', '', {}} end
  end
end
if not whole then
  local known = redis.call('HMGET', key, 'total', sequence)
  local isOther = known[1] and tonumber(known[1]) ~= total
  if ARGV[6] ~= 'report' and known[2] and known[2] ~= part then isOther = true end
  if isOther then older = giveUp() end
  redis.call('HSET', key, sequence, part, 'total', total, 'coding', ARGV[7], 'last', string.format('%.0f', now))
  local fields, parts = {}, {}
  for number = 1, total do fields[number] = number end
  if redis.call('HLEN', key) >= total then parts = redis.call('HMGET', key, unpack(fields)) end
  for number = 1, total do
    if not parts[number] then
      redis.call('PEXPIRE', key, kept)
      return {'incomplete', '', older}
    end
  end
  redis.call('HDEL', key, 'total', 'coding', 'last', unpack(fields))
  whole = table.concat(parts, ' ')
end
if lease > 0 then
  redis.call('HSET', key, joined, string.format('%.0f', now + lease) .. ' ' .. whole)
  redis.call('PEXPIRE', key, kept)
end
return {'whole', whole, older}
`);

export const settlePartsScript = redisScript(`
local joined = 'joined:' .. ARGV[1] .. ':' .. ARGV[2] .. ':' .. redis.sha1hex(ARGV[3])
local known = redis.call('HGET', KEYS[1], joined)
if not known then return end
if ARGV[4] == 'true' then redis.call('HDEL', KEYS[1], joined)
else redis.call('HSET', KEYS[1], joined, '0' .. string.match(known, ' .*$')) end
`);

/**
 * Notes that the message ARGV[1] is due in ARGV[2] milliseconds, and takes off the list which are
 * due by now, so that one process alone gets each.
 */
export const watchScript = redisScript(`${clock}
local due = redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, 100)
if #due > 0 then redis.call('ZREM', key, unpack(due)) end
redis.call('ZADD', key, now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', key, ARGV[3])
return due
`);

/** Takes the parts of a message away, unless one came in the last ARGV[1] milliseconds. */
export const giveUpScript = redisScript(`${clock}${giveUp}
local last = redis.call('HGET', key, 'last')
if not last or tonumber(last) + ARGV[1] > now then return {} end
return giveUp()
`);

/**
 * What is under the key of ids: of field \`i\` and the SMSC's id, a message; of field \`s\` and the id,
 * that it is settled; of field \`r\` and a token, a receipt that waits. Each is JSON with the time until
 * which it is kept: what is too old is removed here.
 */
const open = `${clock}
local ids, receipts, last = {}, {}, now
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local isRead, entry = pcall(cjson.decode, all[i + 1])
  if not isRead or type(entry) ~= 'table' or not tonumber(entry.expires) or entry.expires <= now then
    redis.call('HDEL', key, all[i])
  else
    local kind = string.sub(all[i], 1, 1)
    entry.field, entry.name, entry.settled = all[i], string.sub(all[i], 2), kind == 's'
    last = math.max(last, entry.expires)
    table.insert(kind == 'r' and receipts or ids, entry)
  end
end
local function put(field, entry)
  entry.field, entry.name, entry.settled = nil, nil, nil
  redis.call('HSET', key, field, cjson.encode(entry))
  last = math.max(last, entry.expires)
  redis.call('PEXPIRE', key, string.format('%.0f', last - now))
end
`;

/** The id that a receipt with these ids and folded ids, each as JSON, means: see \`meantId\`. */
const find = `
local function find(exact, folded)
  for _, form in ipairs(cjson.decode(exact)) do
    for _, id in ipairs(ids) do
      if id.name == form then return id end
    end
  end
  for _, form in ipairs(cjson.decode(folded)) do
    local found = {}
    for _, id in ipairs(ids) do
      if id.folded == form then table.insert(found, id) end
    end
    if #found == 1 then return found[1] end
    if #found > 1 then return nil end
  end
end
local function answer(id)
  if not id then return {'unknown'} end
  if id.settled then return {'settled'} end
  return {'known', id.name, id.message}
end
`;

/**
 * Keeps the receipt ARGV[3] under the token ARGV[4] for ARGV[5] milliseconds, 0 for not at all. Answers
 * when it is overdue: in ARGV[6] milliseconds.
 */
export const matchScript = redisScript(`${open}${find}
local token, kept = ARGV[4], tonumber(ARGV[5])
for _, early in ipairs(receipts) do
  if early.name == token then return {'kept', string.format('%.0f', early.due)} end
end
local id = find(ARGV[1], ARGV[2])
if id or kept == 0 or #receipts >= ${mostAlike} then return answer(id) end
local order = 1
for _, early in ipairs(receipts) do order = math.max(order, early.order + 1) end
local due = now + ARGV[6]
put('r' .. token, {
  expires = now + kept, exact = ARGV[1], folded = ARGV[2], receipt = ARGV[3],
  order = order, leased = 0, due = due,
})
return {'kept', string.format('%.0f', due)}
`);

/**
 * Notes the receipt ARGV[1], which is overdue at ARGV[2], for ARGV[3] milliseconds after that, and takes
 * off the list which are settled: all others in ARGV.
 */
export const noteEarlyScript = redisScript(`${clock}
local life = tonumber(ARGV[3])
if #ARGV > 3 then redis.call('ZREM', key, unpack(ARGV, 4)) end
redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - life))
redis.call('ZADD', key, ARGV[2], ARGV[1])
local expires = math.max(ARGV[2] - now, 0) + life
if redis.call('PTTL', key) < expires then redis.call('PEXPIRE', key, string.format('%.0f', expires)) end
`);

/**
 * The receipts on the list that are overdue: others are not told of them for ARGV[1] milliseconds.
 * Takes off the list which are settled: all others in ARGV. When this is lost with its server, nothing
 * is: who has a receipt is noted beside the receipt.
 */
export const overdueScript = redisScript(
  `${clock}
if #ARGV > 1 then redis.call('ZREM', key, unpack(ARGV, 2)) end
local due = redis.call('ZRANGEBYSCORE', key, '-inf', now, 'LIMIT', 0, ${mostOverdue})
for _, member in ipairs(due) do
  redis.call('ZADD', key, string.format('%.0f', now + ARGV[1]), member)
end
return due
`,
  { confirm: false },
);

/**
 * Stores the SMSC's id ARGV[1], folded ARGV[2], for ARGV[4] milliseconds, and with a lease of ARGV[5]
 * hands out the receipts that wait for it to the message ARGV[6].
 */
export const storeIdScript = redisScript(`${open}
local smppId, folded, lease = ARGV[1], ARGV[2], tonumber(ARGV[5])
local oldest, others = nil, 0
for _, id in ipairs(ids) do
  if id.name == smppId then
    if id.settled then redis.call('HDEL', key, id.field) end
  else
    others = others + 1
    if not oldest or id.expires < oldest.expires then oldest = id end
  end
end
if others >= ${mostAlike} then redis.call('HDEL', key, oldest.field) end
put('i' .. smppId, {expires = now + ARGV[4], folded = folded, message = ARGV[3]})
local function has(forms, form)
  for _, other in ipairs(cjson.decode(forms)) do
    if other == form then return true end
  end
end
local claimed = {}
if lease == 0 then return claimed end
table.sort(receipts, function(a, b) return a.order < b.order end)
for _, early in ipairs(receipts) do
  local isFree = early.leased <= now or early.owner == ARGV[6]
  if isFree and (has(early.exact, smppId) or has(early.folded, folded)) then
    table.insert(claimed, early.name)
    table.insert(claimed, early.receipt)
    early.leased, early.owner = now + lease, ARGV[6]
    early.expires = math.max(early.expires, now + 2 * lease)
    put(early.field, early)
  end
end
return claimed
`);

export const fetchIdScript = redisScript(
  `${open}
for _, id in ipairs(ids) do
  if id.name == ARGV[1] and not id.settled then return id.message end
end
`,
  { confirm: false },
);

/** Forgets the id ARGV[1], and knows it as settled for ARGV[2] milliseconds. */
export const deleteIdScript = redisScript(`${open}
for _, id in ipairs(ids) do
  if id.name == ARGV[1] and not id.settled then
    redis.call('HDEL', key, id.field)
    put('s' .. ARGV[1], {expires = now + ARGV[2], folded = id.folded})
  end
end
`);

/**
 * Forgets the receipt with the token ARGV[1] when it was published, or ends its lease. Answers when the
 * one that it forgot was overdue: with that it stands on the list.
 */
export const settleReceiptScript = redisScript(`${open}
for _, early in ipairs(receipts) do
  if early.name == ARGV[1] then
    if ARGV[2] == 'true' then
      redis.call('HDEL', key, early.field)
      return string.format('%.0f', early.due)
    end
    early.leased = 0
    put(early.field, early)
  end
end
`);

/** Leases a receipt to a process that asks for it by its token: to no message. */
const lend = `
local function lend(early, lease)
  early.leased, early.owner = now + lease, nil
  early.expires = math.max(early.expires, now + 2 * lease)
  put(early.field, early)
end
`;

/** What became of the receipt with the token ARGV[1]; leased for ARGV[2] milliseconds, 0 to forget it. */
export const recallScript = redisScript(`${open}${find}${lend}
local lease = tonumber(ARGV[2])
for _, early in ipairs(receipts) do
  if early.name == ARGV[1] then
    if early.leased > now then return {'leased'} end
    local id = find(early.exact, early.folded)
    if lease > 0 then lend(early, lease) else redis.call('HDEL', key, early.field) end
    return answer(id)
  end
end
return {'claimed'}
`);

/**
 * Leases the receipt with the token ARGV[1], which was overdue at ARGV[2], for ARGV[3] milliseconds:
 * its text, and what is known of its id.
 */
export const takeOverScript = redisScript(`${open}${find}${lend}
for _, early in ipairs(receipts) do
  if early.name == ARGV[1] and string.format('%.0f', early.due) == ARGV[2] then
    if early.leased > now then return {'leased'} end
    local text, id = early.receipt, find(early.exact, early.folded)
    lend(early, tonumber(ARGV[3]))
    return {'overdue', text, unpack(answer(id))}
  end
end
return {'gone'}
`);
