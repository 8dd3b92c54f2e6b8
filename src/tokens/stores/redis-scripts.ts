import { createHash } from 'node:crypto'

/**
 * Each step of the algorithm that must not be interrupted, as one script. `KEYS` are, where there are four: the
 * credential (`generation|lifeMs|value`, living as long as it), the leader's lease, the reason of the last failure
 * and the count of failures in a row. No wall clock is compared: lives are Redis's own, and its time only makes
 * generations grow also over a restart that lost everything.
 *
 * Each command names its keys in the call itself, as `KEYS[n]`: clustered Redis of clouds, such as Alibaba's, reads
 * the text of a script and refuses one whose key is in a variable, a parameter or an expression.
 *
 * @see https://help.aliyun.com/document_detail/92942.html Lua脚本规范与常见报错
 */
export interface RedisScript {
  readonly source: string
  readonly sha1: string
}

/**
 * The credential as it is kept, its generation and its life. Somebody else's writing counts as nothing: with a
 * generation beyond all numbers nobody's result would ever be new enough.
 */
const PARSE = `
local function parse(stored)
  local generation, life = string.match(stored or '', '^(%d+)|(%d+)|')
  if not generation or #generation > 16 or #life > 8 then
    return '', 0, 0
  end
  return stored, tonumber(generation), tonumber(life)
end
`

/** ARGV: owner, leaseMs, dueMs, dueShare. Answers: outcome, credential, its leftMs, generation or reason, pause. */
export const ACQUIRE = script(`${PARSE}
local stored, ttl = redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
local raw, generation, life = parse(stored)
local left = raw == '' and 0 or math.max(ttl, 0)
if left > math.min(tonumber(ARGV[3]), life * tonumber(ARGV[4])) then
  return {'fresh', raw, left, '', 0}
end
local reason, pause = redis.call('GET', KEYS[3]), redis.call('PTTL', KEYS[3])
if reason and pause > 0 then
  return {'failed', raw, left, reason, pause}
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  return {'lead', raw, left, string.format('%.0f', math.max(now, generation + 1)), 0}
end
return {'follow', raw, left, '', 0}
`)

/** ARGV: owner, generation, value, lifeMs, suspectMs, heldMs. Answers 1, or 0 where a newer one is there. */
export const PUBLISH = script(`${PARSE}
local stored = redis.call('GET', KEYS[1])
local _, generation = parse(stored)
local published = 0
if generation <= tonumber(ARGV[2]) then
  published = 1
  local time = redis.call('TIME')
  local late = (time[1] * 1000000 + time[2] - ARGV[2]) / 1000 - ARGV[6]
  local life = string.format('%.0f', ARGV[4] - math.max(late, 0))
  if tonumber(life) > 0 then
    redis.call('SET', KEYS[1], ARGV[2] .. '|' .. life .. '|' .. ARGV[3], 'PX', life)
  end
  redis.call('DEL', KEYS[3], KEYS[4])
else
  local suspect = tonumber(ARGV[5])
  if suspect > 0 and redis.call('PTTL', KEYS[1]) > suspect then
    redis.call('PEXPIRE', KEYS[1], suspect)
  end
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return published
`)

/** ARGV: owner, reason, baseMs, capMs, jitter. */
export const FAIL = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
local count = redis.call('INCR', KEYS[4])
redis.call('PEXPIRE', KEYS[4], 600000)
local pause = math.min(tonumber(ARGV[3]) * 2 ^ math.min(count - 1, 20), tonumber(ARGV[4])) * tonumber(ARGV[5])
redis.call('SET', KEYS[3], ARGV[2], 'PX', string.format('%.0f', math.max(pause, 1)))
redis.call('DEL', KEYS[2])
return count
`)

/** KEYS: lease. ARGV: owner. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`)

/** KEYS: credential, mark of a removed value. ARGV: value, coolMs. Answers 1, 0 for another value, -1 for cooling. */
export const INVALIDATE = script(`
local raw = redis.call('GET', KEYS[1])
if not raw or string.match(raw, '^%d+|%d+|(.*)$') ~= ARGV[1] then
  return 0
end
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[2]) then
  return -1
end
redis.call('DEL', KEYS[1])
return 1
`)

function script(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}
