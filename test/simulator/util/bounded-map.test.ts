import { describe, expect, it } from 'vitest'
import { createHistory } from '../../../src/simulator/platform/history.ts'
import { BoundedMap } from '../../../src/simulator/util/bounded-map.ts'

describe('a simulator that runs for days', () => {
  it('forgets the oldest of what it only keeps to answer precisely', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1).set('b', 2).set('b', 3).set('c', 4)
    expect([...map]).toEqual([
      ['b', 3],
      ['c', 4],
    ])
  })

  it('keeps the last ten thousand calls', () => {
    const history = createHistory(() => {})
    for (let at = 0; at <= 10_000; at += 1) history.open({ at, method: 'GET', path: '/', parameters: {} })
    expect(history.count('/')).toBe(10_000)
    expect(history.entries[0]?.at).toBe(1)
  })
})
