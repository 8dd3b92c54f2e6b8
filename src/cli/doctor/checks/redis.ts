import type { Check } from '../check.js'
import type { CheckId } from '../check-ids.js'
import { fault, type Outcome, ok, skipped, warning } from '../outcome.js'
import type { RedisFacts } from '../redis-facts.js'
import type { Texts } from '../texts/en.js'

const OLDEST_MAJOR = 5
/** The token store waits 300 ms for an answer of Redis. */
const DEADLINE_MS = 300
const SLOW_MS = 50

const redis: Check = {
  id: 'redis',
  async run(examination) {
    return judgeConnection(await examination.redis(), examination.texts.redis)
  },
}

const memory = redisCheck('redis-memory', ({ info }, texts) => {
  const policy = info.get('maxmemory_policy')
  if (policy === undefined) return skipped(texts.redis.unknown)
  return policy.startsWith('allkeys-')
    ? fault(texts.redisMemory.evicts(policy))
    : ok(texts.redisMemory.ok(policy))
})

const persistence = redisCheck('redis-persistence', ({ info, saves }, texts) => {
  const aof = info.get('aof_enabled')
  if (aof === undefined) return skipped(texts.redis.unknown)
  const isFailing = ['rdb_last_bgsave_status', 'aof_last_write_status'].some(name => info.get(name) === 'err')
  if (isFailing) return fault(texts.redisPersistence.failing)
  if (aof === '1' || saves) return ok(texts.redisPersistence.ok)
  return saves === undefined ? skipped(texts.redis.unknown) : warning(texts.redisPersistence.none)
})

const latency = redisCheck('redis-latency', ({ latencyMs }, texts) => {
  const ms = Math.ceil(latencyMs)
  if (ms >= DEADLINE_MS) return fault(texts.redisLatency.slow(ms))
  return ms > SLOW_MS ? warning(texts.redisLatency.slow(ms)) : ok(texts.redisLatency.ok(ms))
})

export const redisChecks: readonly Check[] = [redis, memory, persistence, latency]

type ReadFacts = Extract<RedisFacts, { kind: 'read' }>

/** Creates a check that judges what Redis reported. It is skipped if there is no report. */
function redisCheck(id: CheckId, judge: (facts: ReadFacts, texts: Texts) => Outcome): Check {
  return {
    id,
    async run(examination) {
      const facts = await examination.redis()
      const { texts } = examination
      if (facts.kind === 'read') return judge(facts, texts)
      return skipped(facts.kind === 'none' ? texts.redis.noUrl : texts.redis.needsConnection)
    },
  }
}

function judgeConnection(facts: RedisFacts, texts: Texts['redis']): Outcome {
  switch (facts.kind) {
    case 'none':
      return skipped(texts.noUrl)
    case 'other-form':
      return skipped(texts.otherForm)
    case 'no-package':
      return fault(texts.noPackage)
    case 'bad-url':
      return fault(texts.shape)
    case 'failed':
      return fault(texts.failed(facts.reason))
    case 'read': {
      const version = facts.info.get('redis_version') ?? '?'
      return Number.parseInt(version, 10) < OLDEST_MAJOR ? fault(texts.old(version)) : ok(texts.ok(version))
    }
  }
}
