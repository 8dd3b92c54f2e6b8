import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayIn, daysBetween, isTimeZone } from '../../../examples/time-capsule/days.ts'

describe('dayIn', () => {
  it('is another date on each side of midnight', () => {
    expect(dayIn('Asia/Shanghai', Date.parse('2026-12-31T15:59:59Z'))).toBe('2026-12-31')
    expect(dayIn('Asia/Shanghai', Date.parse('2026-12-31T16:00:00Z'))).toBe('2027-01-01')
    expect(dayIn('America/Los_Angeles', Date.parse('2027-01-01T07:59:59Z'))).toBe('2026-12-31')
  })

  it('knows days of 23 and of 25 hours', () => {
    expect(dayIn('Europe/Berlin', Date.parse('2026-03-28T22:59:59Z'))).toBe('2026-03-28')
    expect(dayIn('Europe/Berlin', Date.parse('2026-03-29T21:59:59Z'))).toBe('2026-03-29')
    expect(dayIn('Europe/Berlin', Date.parse('2026-10-25T22:59:59Z'))).toBe('2026-10-25')
    expect(dayIn('Europe/Berlin', Date.parse('2026-10-25T23:00:00Z'))).toBe('2026-10-26')
  })

  it('is the date of UTC in UTC, for any moment', () => {
    const moments = fc.date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
    fc.assert(
      fc.property(moments, moment => {
        expect(dayIn('UTC', moment.getTime())).toBe(moment.toISOString().slice(0, 10))
      }),
    )
  })
})

describe('daysBetween', () => {
  it('counts leap days, and backwards', () => {
    expect(daysBetween('2028-02-28', '2028-03-01')).toBe(2)
    expect(daysBetween('2027-02-28', '2027-03-01')).toBe(1)
    expect(daysBetween('2027-01-01', '2026-12-31')).toBe(-1)
  })
})

describe('isTimeZone', () => {
  it.each(['Asia/Shanghai', 'UTC', 'Pacific/Kiritimati'])('knows %s', name => {
    expect(isTimeZone(name)).toBe(true)
  })

  it.each(['', 'Asia/Nowhere', 'Mars/Base'])('refuses "%s"', name => {
    expect(isTimeZone(name)).toBe(false)
  })
})
