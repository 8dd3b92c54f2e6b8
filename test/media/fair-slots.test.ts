// @express 5 alone: the subject is how slots are shared out; the address is req.ip, which both majors take from proxy-addr.
import type { IncomingMessage } from 'node:http'
import { requireServiceKey } from 'express-wechat'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../support/manual-clock.ts'
import { createMediaId, jpegOf, type MediaSite, sendMedia, startMediaSite } from '../support/media-site.ts'
import { amrClip } from '../voice/clips.ts'

const KEY = 'k'.repeat(32)
/** More than twice 30, so that the greedy network has more slots than another one with 30 open downloads. */
const PLACES = 64
const BEGINNING = jpegOf(100_000)
const SMALL = jpegOf(1_000)
const GREEDY = '203.0.113.7'
const HONEST = '198.51.100.4'

let site: MediaSite
let clock: ManualClock
let held: IncomingMessage[]
beforeEach(async () => {
  clock = new ManualClock()
  held = []
  const guard = requireServiceKey({ serviceKeys: { backend: KEY } })
  site = await startMediaSite(
    { manager: { clock }, handler: { idleTimeoutMs: 300_000, maxConcurrent: PLACES } },
    app => {
      app.set('trust proxy', true)
      app.use((req, res, next) => (req.headers.authorization ? guard(req, res, next) : next()))
    },
  )
})
afterEach(async () => {
  for (const answer of held) answer.destroy()
  await site.close()
})

const from = (network: string) => ({ headers: { 'x-forwarded-for': network } })

/** Downloads that begin, and of which nothing more is taken. */
async function hold(count: number, headers: Record<string, string>): Promise<IncomingMessage[]> {
  site.serve(res => {
    res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': 10_000_000 })
    res.write(BEGINNING)
  })
  const open = async () => {
    const answer = await site.open(`?media_id=${createMediaId()}&format=binary`, { headers })
    answer.pause()
    return answer
  }
  const answers = await Promise.all(Array.from({ length: count }, open))
  held.push(...answers)
  return answers
}

async function statusesOf(count: number, network: string): Promise<number[]> {
  site.serve(res => sendMedia(res, SMALL))
  const get = () => site.get(`?media_id=${createMediaId()}&format=binary`, from(network))
  const answers = await Promise.all(Array.from({ length: count }, get))
  return answers.map(({ status }) => status)
}

const all = (count: number, status: number) => Array.from({ length: count }, () => status)

describe('if one network holds all slots with slow downloads', () => {
  it('30 of 30 downloads of another network are answered', async () => {
    const slow = await hold(PLACES, from(GREEDY).headers)
    clock.advance(10_000)

    expect(await statusesOf(30, HONEST)).toEqual(all(30, 200))

    // One place is enough for all of them if they come one after another.
    for (const answer of slow) answer.on('error', () => {}).resume()
    const countCut = () => slow.filter(({ destroyed }) => destroyed).length
    await expect.poll(countCut).toBeGreaterThan(0)
    expect(countCut()).toBeLessThanOrEqual(30)
    expect(slow.some(({ complete }) => complete)).toBe(false)
  })

  it('it gets no further place itself', async () => {
    await hold(PLACES, from(GREEDY).headers)
    clock.advance(10_000)

    expect(await statusesOf(3, GREEDY)).toEqual(all(3, 503))
  })

  it('all addresses of its IPv6 network are one', async () => {
    await hold(PLACES, from('2001:db8:1:100::1').headers)
    clock.advance(10_000)

    expect(await statusesOf(3, '2001:db8:1:1ff::2')).toEqual(all(3, 503))
    expect(await statusesOf(3, '2001:db8:2::1')).toEqual(all(3, 200))
  })

  it('they have ten seconds of grace', async () => {
    await hold(PLACES, from(GREEDY).headers)
    clock.advance(9_999)

    expect(await statusesOf(3, HONEST)).toEqual(all(3, 503))
  })

  it('those with a service key are never cut', async () => {
    await hold(PLACES, { ...from(GREEDY).headers, authorization: `Bearer ${KEY}` })
    clock.advance(100_000)

    expect(await statusesOf(3, HONEST)).toEqual(all(3, 503))
  })
})

describe('if all slots are taken', () => {
  it('a network with more slots cuts none of a network with fewer', async () => {
    const [single] = await hold(1, from(HONEST).headers)
    await hold(PLACES - 1, { ...from(GREEDY).headers, authorization: `Bearer ${KEY}` })
    clock.advance(10_000)

    expect(await statusesOf(3, GREEDY)).toEqual(all(3, 503))
    expect(single?.destroyed).toBe(false)
  })
})

describe('if conversions of one network wait', () => {
  it('one of another network goes before them', async () => {
    const clip = amrClip('12.2')
    const voice = Buffer.concat([clip, ...Array.from({ length: 3 }, () => clip.subarray(6))])
    const finished: string[] = []
    const convert = async (network: string) => {
      const mediaId = site.wechat.uploadMedia({ type: 'voice', data: voice })
      const { status } = await site.get(`?media_id=${mediaId}&format=mp3`, from(network))
      expect(status).toBe(200)
      finished.push(network)
    }
    site.wechat.faults.clear()

    const greedy = Array.from({ length: 10 }, () => convert(GREEDY))
    await Promise.all([...greedy, convert(HONEST)])

    expect(finished.indexOf(HONEST)).toBeLessThan(8)
  })
})
