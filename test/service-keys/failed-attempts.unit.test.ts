import { describe, expect, it } from 'vitest'
import { createFailedAttempts } from '../../src/service-keys/failed-attempts.ts'
import { ManualClock } from '../support/manual-clock.ts'

function setUp(limit = 2) {
  const clock = new ManualClock()
  const attempts = createFailedAttempts(clock, limit, 10_000)
  return { clock, attempts }
}

describe('createFailedAttempts', () => {
  it('blocks a client at the limit, until the window of its first failure ends', () => {
    const { clock, attempts } = setUp()
    attempts.count('a')
    clock.advance(4_000)
    expect(attempts.blockedSeconds('a')).toBeUndefined()
    attempts.count('a')
    expect(attempts.blockedSeconds('a')).toBe(6)
    expect(attempts.blockedSeconds('b')).toBeUndefined()
    clock.advance(1)
    expect(attempts.blockedSeconds('a')).toBe(6)
    clock.advance(5_998)
    expect(attempts.blockedSeconds('a')).toBe(1)
    clock.advance(0.5)
    expect(attempts.blockedSeconds('a')).toBe(1)
    clock.advance(0.5)
    expect(attempts.blockedSeconds('a')).toBeUndefined()
  })

  it('counts from one again in the next window', () => {
    const { clock, attempts } = setUp()
    attempts.count('a')
    attempts.count('a')
    clock.advance(10_000)
    attempts.count('a')
    expect(attempts.blockedSeconds('a')).toBeUndefined()
    attempts.count('a')
    expect(attempts.blockedSeconds('a')).toBe(10)
  })

  it('forgets the client whose last failure is the oldest beyond 10,000 clients', () => {
    const { attempts } = setUp(1)
    for (let index = 0; index < 10_000; index++) attempts.count(`client ${index}`)
    expect(attempts.blockedSeconds('client 0')).toBe(10)
    attempts.count('client 0')
    attempts.count('one more')
    expect(attempts.blockedSeconds('client 0')).toBe(10)
    expect(attempts.blockedSeconds('client 1')).toBeUndefined()
    expect(attempts.blockedSeconds('client 2')).toBe(10)
    expect(attempts.blockedSeconds('one more')).toBe(10)
  })
})
