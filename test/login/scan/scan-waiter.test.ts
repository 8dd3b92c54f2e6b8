import { EventEmitter } from 'node:events'
import type { Request, Response } from 'express'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ScanStatus, ScanStore } from '../../../src/login/scan/scan-store.ts'
import type { ScanTicket } from '../../../src/login/scan/scan-ticket.ts'
import { createScanWaiter, type WaitForStatus } from '../../../src/login/scan/scan-waiter.ts'
import { createWaitingSlots } from '../../../src/login/scan/waiting-slots.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const ticket: ScanTicket = { id: 't', expiresAt: 0, scope: 'snsapi_base', deviceCode: 0, commitment: '' }

let clock: ManualClock
let status: ScanStatus
let reads: number
let waitForStatus: WaitForStatus

beforeEach(() => {
  clock = new ManualClock()
  status = 'waiting'
  reads = 0
  const store = {
    readStatus: async () => {
      reads += 1
      return status
    },
  } as unknown as ScanStore
  waitForStatus = createScanWaiter(store, clock)
})

const from = (ip: string) => ({ ip }) as Request
const connection = () => new EventEmitter() as unknown as Response & EventEmitter
const turn = () => new Promise(done => setImmediate(done))

/** Whether a promise has settled after what is due has run. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  for (let round = 0; round < 5; round += 1) await turn()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('a request for the state of a ticket', () => {
  it('is answered at once if it has seen nothing, or another state', async () => {
    expect(await waitForStatus(ticket, undefined, from('10.0.0.1'), connection())).toBe('waiting')
    expect(await waitForStatus(ticket, 'opened', from('10.0.0.1'), connection())).toBe('waiting')
  })

  it('waits until the state changes', async () => {
    const waiting = waitForStatus(ticket, 'waiting', from('10.0.0.1'), connection())
    await clock.somebodySleeps()
    expect(await isSettled(waiting)).toBe(false)
    status = 'opened'
    clock.advance(500)
    expect(await waiting).toBe('opened')
  })

  it('is answered after 20 seconds without a change', async () => {
    const waiting = waitForStatus(ticket, 'waiting', from('10.0.0.1'), connection())
    for (let second = 0; second < 19; second += 1) {
      await clock.somebodySleeps()
      clock.advance(1_000)
    }
    await clock.somebodySleeps()
    expect(await isSettled(waiting)).toBe(false)
    clock.advance(1_000)
    expect(await waiting).toBe('waiting')
    expect(reads).toBeLessThanOrEqual(21)
  })

  it('asks the store no more once the client has gone away, and frees its slot', async () => {
    const gone = connection()
    const waiting = waitForStatus(ticket, 'waiting', from('10.0.0.1'), gone)
    await clock.somebodySleeps()
    gone.emit('close')
    expect(await waiting).toBeUndefined()
    const readsThen = reads
    clock.advance(5_000)
    await turn()
    expect(reads).toBe(readsThen)
  })

  it('does not wait beyond 20 of one network, and still waits for another network', async () => {
    const waits = Array.from({ length: 20 }, (_, host) =>
      waitForStatus(ticket, 'waiting', from(`2001:db8:0:1::${host}`), connection()),
    )
    await clock.somebodySleeps()
    const surplus = waitForStatus(ticket, 'waiting', from('2001:db8:0:2::1'), connection())
    expect(await isSettled(surplus)).toBe(true)
    const other = waitForStatus(ticket, 'waiting', from('2001:db8:f::1'), connection())
    expect(await isSettled(other)).toBe(false)
    status = 'expired'
    clock.advance(500)
    await Promise.all([...waits, other])
    status = 'waiting'
    expect(await isSettled(waitForStatus(ticket, 'waiting', from('2001:db8::3'), connection()))).toBe(false)
  })
})

describe('slots', () => {
  it('are limited in all and for each network, and come back once', () => {
    const slots = createWaitingSlots({ total: 3, perNetwork: 2 })
    const first = slots.take('a')
    expect(slots.take('a')).toBeDefined()
    expect(slots.take('a')).toBeUndefined()
    expect(slots.take('b')).toBeDefined()
    expect(slots.take('c')).toBeUndefined()
    first?.()
    first?.()
    expect(slots.take('c')).toBeDefined()
    expect(slots.take('a')).toBeUndefined()
  })
})
