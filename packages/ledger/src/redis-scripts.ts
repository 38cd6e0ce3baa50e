/**
 * What runs in Redis. A message is one key: JSON with `o`, its holder; `p`, what is known of its
 * parts; and `e`, its outcome, when it has met its end. A part is `?` when its holder began it, `!`
 * when somebody began it who has it no more, and `+` before the SMSC's id.
 */

import { redisScript } from "@esme/redis";

/** Before each script over a message: ARGV[1] is how long it is known, in milliseconds. */
const common = `
local raw = redis.call('GET', KEYS[1])
local entry = raw and cjson.decode(raw) or {o = '', p = {}}
local function keep()
  redis.call('SET', KEYS[1], cjson.encode(entry), 'PX', ARGV[1])
end
local function finish(outcome)
  if not entry.e then
    entry = {e = outcome}
    keep()
  end
  return entry.e
end
local function disown()
  entry.o = ''
  for part, state in pairs(entry.p) do
    if state == '?' then entry.p[part] = '!' end
  end
end
`;

/**
 * ARGV: ttl, holder, part, whether a part of unknown fate is begun again, and a holder that is gone.
 * Answers a word, and what belongs to it.
 */
export const beginScript = redisScript(`${common}
local holder, part, again, gone = ARGV[2], ARGV[3], ARGV[4] == 'true', ARGV[5]
if entry.e then return {'ended', entry.e} end
if entry.o ~= '' and entry.o ~= holder then
  if entry.o ~= gone then return {'busy', entry.o} end
  disown()
end
local state = entry.p[part] or ''
local answer
if string.sub(state, 1, 1) == '+' then
  answer = {'accepted', string.sub(state, 2)}
elseif state == '!' and not again then
  answer = {'unknown'}
else
  entry.p[part] = '?'
  answer = {'begun'}
end
entry.o = holder
keep()
return answer
`);

/** ARGV: ttl, part, the SMSC's id, and the outcome, if that is all. Answers the outcome that holds. */
export const acceptedScript = redisScript(`${common}
if ARGV[4] then return finish(ARGV[4]) end
if entry.e then return entry.e end
entry.p[ARGV[2]] = '+' .. ARGV[3]
keep()
return false
`);

/** ARGV: ttl, holder, part. */
export const undoScript = redisScript(`${common}
if entry.e or entry.o ~= ARGV[2] or entry.p[ARGV[3]] ~= '?' then return 0 end
entry.p[ARGV[3]] = nil
keep()
return 1
`);

/** ARGV: ttl, outcome. Answers the outcome that holds. */
export const endScript = redisScript(`${common}
return finish(ARGV[2])
`);

/** ARGV: ttl, holder. */
export const releaseScript = redisScript(`${common}
if entry.e or entry.o ~= ARGV[2] then return 0 end
disown()
keep()
return 1
`);

/** Says for so many milliseconds that a process is there: ARGV[1]. Lost, its messages would be free. */
export const presentScript = redisScript("redis.call('SET', KEYS[1], '1', 'PX', ARGV[1]) return 1");

/** Whether a process is there: 1 or 0. */
export const isPresentScript = redisScript("return redis.call('EXISTS', KEYS[1])", {
  confirm: false,
});

/** A process says that it is gone. */
export const absentScript = redisScript("return redis.call('DEL', KEYS[1])", { confirm: false });
