import { createHash } from 'node:crypto'

/**
 * A step of the store as a Lua script, which Redis runs without interruption. A script with four `KEYS` gets: the
 * credential (`fencingToken|ttlMs|value`; the key expires with the credential), the leader's lease, the reason of the
 * last failure, and the number of failures in a row. No clocks of different machines are compared: Redis counts all
 * TTLs itself, and uses its time only for fencing tokens, so that they grow even after a restart that lost all data.
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
 * A Lua function that returns a stored credential's text, its fencing token and its TTL. A value that this package did
 * not write is treated as absent. Otherwise a huge fencing token would block every later publish.
 */
const PARSE = `
local function parse(stored)
  local fencing_token, ttl_ms = string.match(stored or '', '^(%d+)|(%d+)|')
  if not fencing_token or #fencing_token > 16 or #ttl_ms > 8 then
    return '', 0, 0
  end
  return stored, tonumber(fencing_token), tonumber(ttl_ms)
end
`

/**
 * The script of `acquire()`. ARGV: owner, leaseMs, refreshBeforeMs, refreshBeforeRatio. Returns the outcome, the
 * credential, its remainingMs, the fencing token (lead) or the reason (failed), and the rest of the backoff in ms.
 */
export const ACQUIRE = script(`${PARSE}
local stored, ttl = redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])
local raw, fencing_token, ttl_ms = parse(stored)
local remaining = raw == '' and 0 or math.max(ttl, 0)
if remaining > math.min(tonumber(ARGV[3]), ttl_ms * tonumber(ARGV[4])) then
  return {'fresh', raw, remaining, '', 0}
end
local reason, backoff = redis.call('GET', KEYS[3]), redis.call('PTTL', KEYS[3])
if reason and backoff > 0 then
  return {'failed', raw, remaining, reason, backoff}
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  return {'lead', raw, remaining, string.format('%.0f', math.max(now, fencing_token + 1)), 0}
end
return {'follow', raw, remaining, '', 0}
`)

/**
 * The script of `publish()`. ARGV: owner, fencingToken, value, ttlMs, supersededTtlMs, leaseAgeMs. Returns 1, or 0 if a
 * newer credential is stored.
 */
export const PUBLISH = script(`${PARSE}
local stored = redis.call('GET', KEYS[1])
local _, fencing_token = parse(stored)
local published = 0
if fencing_token <= tonumber(ARGV[2]) then
  published = 1
  local time = redis.call('TIME')
  local delay = (time[1] * 1000000 + time[2] - ARGV[2]) / 1000 - ARGV[6]
  local ttl_ms = string.format('%.0f', ARGV[4] - math.max(delay, 0))
  if tonumber(ttl_ms) > 0 then
    redis.call('SET', KEYS[1], ARGV[2] .. '|' .. ttl_ms .. '|' .. ARGV[3], 'PX', ttl_ms)
  end
  redis.call('DEL', KEYS[3], KEYS[4])
else
  local cap = tonumber(ARGV[5])
  if cap > 0 and redis.call('PTTL', KEYS[1]) > cap then
    redis.call('PEXPIRE', KEYS[1], cap)
  end
end
if redis.call('GET', KEYS[2]) == ARGV[1] then
  redis.call('DEL', KEYS[2])
end
return published
`)

/**
 * The script of `fail()`. ARGV: owner, reason, baseMs, capMs, jitter. Returns the number of failures in a row, or 0 if
 * the owner does not hold the lease.
 */
export const FAIL = script(`
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return 0
end
local count = redis.call('INCR', KEYS[4])
redis.call('PEXPIRE', KEYS[4], 600000)
local backoff = math.min(tonumber(ARGV[3]) * 2 ^ math.min(count - 1, 20), tonumber(ARGV[4])) * tonumber(ARGV[5])
redis.call('SET', KEYS[3], ARGV[2], 'PX', string.format('%.0f', math.max(backoff, 1)))
redis.call('DEL', KEYS[2])
return count
`)

/** The script of `release()`. KEYS: lease. ARGV: owner. Returns 1, or 0 if the owner does not hold the lease. */
export const RELEASE = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
`)

/**
 * The script of `invalidate()`. KEYS: credential, cooldown. ARGV: value, cooldownMs. Returns 1 if it removed the
 * credential, 0 if another value is stored, and -1 during the cooldown.
 */
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
