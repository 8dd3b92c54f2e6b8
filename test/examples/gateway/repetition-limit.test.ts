import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createRepetitionLimit } from '../../../examples/gateway/repetition-limit.ts'

const reports: [kind: string, leftOut: number][] = []
const createLimit = () => createRepetitionLimit((...report) => void reports.push(report))

beforeEach(() => {
  reports.length = 0
  vi.useFakeTimers()
})
afterEach(() => void vi.useRealTimers())

describe('the limit on equal lines', () => {
  const allowed = (limit: ReturnType<typeof createLimit>, kind: string, times: number) =>
    Array.from({ length: times }, () => limit.allows(kind)).filter(Boolean).length

  it('allows five of a kind in a minute, and reports at its end how many were left out', () => {
    const limit = createLimit()
    expect(allowed(limit, 'a', 20)).toBe(5)
    vi.advanceTimersByTime(59_999)
    expect(allowed(limit, 'a', 1)).toBe(0)
    expect(reports).toEqual([])
    vi.advanceTimersByTime(1)
    expect(reports).toEqual([['a', 16]])
    expect(allowed(limit, 'a', 20)).toBe(5)
  })

  it('reports nothing of a kind of which nothing was left out', () => {
    const limit = createLimit()
    allowed(limit, 'a', 5)
    vi.advanceTimersByTime(60_000)
    limit.close()
    expect(reports).toEqual([])
  })

  it('counts each kind by itself', () => {
    const limit = createLimit()
    allowed(limit, 'a', 20)
    expect(allowed(limit, 'b', 20)).toBe(5)
  })

  it('reports what it has counted when it is closed, and not again', () => {
    const limit = createLimit()
    allowed(limit, 'a', 7)
    limit.close()
    vi.advanceTimersByTime(60_000)
    expect(reports).toEqual([['a', 2]])
  })

  it('keeps a bounded number of kinds; all further ones share one', () => {
    const limit = createLimit()
    let lines = 0
    for (let n = 0; n < 10_000; n++) lines += allowed(limit, `kind ${n}`, 1)
    expect(lines).toBe(105)
    expect(vi.getTimerCount()).toBe(101)
    limit.close()
    expect(reports).toEqual([['other kinds', 9_895]])
  })
})
