import { createMemoryTokenStore } from 'express-wechat'
import { beforeEach, describe, expect, it } from 'vitest'
import type { SessionLogin } from '../../../src/login/login-session.ts'
import { createScanStore, type ScanStore } from '../../../src/login/scan/scan-store.ts'
import type { ScanTicket } from '../../../src/login/scan/scan-ticket.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const login: SessionLogin = {
  appId: 'wx1234567890abcdef',
  openid: 'oXYZ1234567890abcdefghijklmn',
  scope: 'snsapi_base',
  askedScope: 'snsapi_base',
  isSnapshotUser: false,
  loggedInAt: 1,
}

let clock: ManualClock
let scans: ScanStore
let tickets = 0

beforeEach(() => {
  clock = new ManualClock()
  const store = createMemoryTokenStore({ clock })
  scans = createScanStore({ store, clock, keyPrefix: 'test', reportStoreFailure: () => 'unknown' })
})

function newTicket(): ScanTicket {
  tickets += 1
  return {
    id: `ticket-${tickets}`,
    expiresAt: clock.wallMs() + 120_000,
    scope: 'snsapi_base',
    deviceCode: 0,
    commitment: '',
  }
}

const code = (what: string) => expect.objectContaining({ code: what })

describe('a ticket on its way', () => {
  it('is waiting, opened, confirmed, and gives its login once', async () => {
    const ticket = newTicket()
    expect(await scans.readStatus(ticket)).toBe('waiting')
    await scans.open(ticket, 'phone')
    expect(await scans.readStatus(ticket)).toBe('opened')
    await scans.confirm(ticket, 'phone', login)
    expect(await scans.readStatus(ticket)).toBe('confirmed')
    expect(await scans.takeLogin(ticket)).toEqual(login)
    await expect(scans.takeLogin(ticket)).rejects.toEqual(code('scan_ticket_ended'))
    expect(await scans.readStatus(ticket)).toBe('confirmed')
  })

  it('gives its login once to ten requests at the same moment', async () => {
    const ticket = newTicket()
    await scans.open(ticket, 'phone')
    await scans.confirm(ticket, 'phone', login)
    const takes = await Promise.allSettled(Array.from({ length: 10 }, () => scans.takeLogin(ticket)))
    expect(takes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('gives nothing before it is confirmed, and after it was refused', async () => {
    const ticket = newTicket()
    await expect(scans.takeLogin(ticket)).rejects.toEqual(code('scan_not_confirmed'))
    await scans.open(ticket, 'phone')
    await expect(scans.takeLogin(ticket)).rejects.toEqual(code('scan_not_confirmed'))
    await scans.refuse(ticket, 'phone')
    expect(await scans.readStatus(ticket)).toBe('refused')
    await expect(scans.takeLogin(ticket)).rejects.toEqual(code('scan_refused'))
    await expect(scans.confirm(ticket, 'phone', login)).rejects.toEqual(code('scan_ticket_ended'))
  })

  it('is decided once, if it is confirmed and refused at the same moment', async () => {
    const ticket = newTicket()
    await scans.open(ticket, 'phone')
    const decisions = await Promise.allSettled([
      scans.confirm(ticket, 'phone', login),
      scans.refuse(ticket, 'phone'),
      scans.confirm(ticket, 'phone', login),
    ])
    expect(decisions.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('can not be confirmed without being opened', async () => {
    await expect(scans.confirm(newTicket(), 'phone', login)).rejects.toEqual(code('scan_ticket_ended'))
  })
})

describe('expiry', () => {
  it('ends a ticket after 120 seconds, opened or not', async () => {
    const [waiting, opened] = [newTicket(), newTicket()]
    await scans.open(opened, 'phone')
    clock.advance(119_999)
    expect(await scans.readStatus(waiting)).toBe('waiting')
    await scans.assertOpen(opened, 'phone')
    clock.advance(1)
    expect(await scans.readStatus(waiting)).toBe('expired')
    expect(await scans.readStatus(opened)).toBe('expired')
    await expect(scans.open(waiting, 'phone')).rejects.toEqual(code('scan_ticket_ended'))
    await expect(scans.confirm(opened, 'phone', login)).rejects.toEqual(code('scan_ticket_ended'))
  })

  it('leaves the desktop a minute for a confirmation in the last moment', async () => {
    const [inTime, late] = [newTicket(), newTicket()]
    for (const ticket of [inTime, late]) await scans.open(ticket, 'phone')
    clock.advance(119_999)
    for (const ticket of [inTime, late]) await scans.confirm(ticket, 'phone', login)
    clock.advance(59_000)
    expect(await scans.takeLogin(inTime)).toEqual(login)
    clock.advance(1_001)
    expect(await scans.readStatus(late)).toBe('expired')
    await expect(scans.takeLogin(late)).rejects.toEqual(code('scan_not_confirmed'))
  })
})

describe('phones', () => {
  it('lets one phone alone open a ticket, and that one again', async () => {
    const ticket = newTicket()
    await scans.open(ticket, 'first')
    await scans.open(ticket, 'first')
    for (const act of [scans.open, scans.assertOpen, scans.refuse]) {
      await expect(act(ticket, 'second')).rejects.toEqual(code('scan_other_phone'))
    }
    await expect(scans.confirm(ticket, 'second', login)).rejects.toEqual(code('scan_other_phone'))
  })

  it('opens a ticket for one of two phones at the same moment', async () => {
    const ticket = newTicket()
    const opened = await Promise.allSettled([scans.open(ticket, 'first'), scans.open(ticket, 'second')])
    expect(opened.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  })

  it('lets a phone open a ticket twice at the same moment, as Android requests pages', async () => {
    const ticket = newTicket()
    await Promise.all([scans.open(ticket, 'phone'), scans.open(ticket, 'phone')])
    expect(await scans.readStatus(ticket)).toBe('opened')
  })

  it('has at most five open tickets, and another one as soon as one is decided', async () => {
    const open = Array.from({ length: 5 }, newTicket)
    for (const ticket of open) await scans.open(ticket, 'phone')
    const sixth = newTicket()
    await expect(scans.open(sixth, 'phone')).rejects.toEqual(code('scan_too_many'))
    await scans.open(sixth, 'another phone')
    const [first] = open
    if (first) await scans.refuse(first, 'phone')
    clock.advance(1)
    await scans.open(newTicket(), 'phone')
    await expect(scans.open(newTicket(), 'phone')).rejects.toEqual(code('scan_too_many'))
  })

  it('does not spend one of the five on opening a ticket again', async () => {
    const ticket = newTicket()
    for (let visit = 0; visit < 8; visit += 1) await scans.open(ticket, 'phone')
    for (let more = 0; more < 4; more += 1) await scans.open(newTicket(), 'phone')
    await expect(scans.open(newTicket(), 'phone')).rejects.toEqual(code('scan_too_many'))
  })
})

describe('attempts', () => {
  it('are three for a ticket, also at the same moment', async () => {
    const ticket = newTicket()
    const taken = await Promise.allSettled(Array.from({ length: 20 }, () => scans.takeAttempt(ticket)))
    const left = taken.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
    expect(left.sort()).toEqual([0, 1, 2])
    expect(await scans.takeAttempt(newTicket())).toBe(2)
  })
})

describe('one-time values', () => {
  it('are used once for each ticket', async () => {
    const [ticket, other] = [newTicket(), newTicket()]
    expect(await scans.useOnce(ticket, 'value')).toBe(true)
    expect(await scans.useOnce(ticket, 'value')).toBe(false)
    expect(await scans.useOnce(other, 'value')).toBe(true)
  })
})
