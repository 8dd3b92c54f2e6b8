// @express 5 alone: the subject is what two processes share in Redis; scan-login.test.ts holds the routes on both majors.
import { Agent, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AS_SCRIPT, createBrowser } from '../../support/browser.ts'
import { redisCommand, redisProgram } from '../../support/redis-server.ts'
import { approve } from '../../support/site.ts'
import { confirmOnPhone, finish, ON_DESKTOP, readShownCode } from './support/scan.ts'
import { type ScanRig, startScanRig } from './support/scan-rig.ts'

/** How many visitors look at the desktop's page. `SCAN_VISITS=10000` takes one to three minutes. */
const VISITS = Number(process.env.SCAN_VISITS ?? 500)

describe.skipIf(!redisProgram)('two processes over one Redis', () => {
  let rig: ScanRig
  beforeAll(async () => {
    rig = await startScanRig()
  })
  afterAll(() => rig?.close())

  const heapOf = async (worker = '') => Number(await (await fetch(`${worker}/heap`)).text())

  it('play a login by scanning, whichever of them a request reaches', async () => {
    // Addresses name the public origin, and each request goes to the process that is named here.
    const [one = '', other = ''] = rig.workers
    const [desktop, phone] = [createBrowser({ [rig.origin]: one }), createBrowser({ [rig.origin]: other })]
    const site = { origin: rig.origin }
    const begun = await phone.open(`${rig.origin}/wechat/auth`)
    await phone.open(approve(rig.wechat, begun, 'wang-jianguo'))
    const shown = await desktop.open(`${rig.origin}/wechat/auth/scan?state=%2Fpage`, ON_DESKTOP)
    const code = readShownCode(shown)

    const waiting = desktop.open(`${code.statusUrl}?seen=waiting`, AS_SCRIPT)
    const form = await phone.open(code.ticketUrl)
    expect(form.status).toBe(200)
    expect((await waiting).json).toEqual({ status: 'opened' })
    const confirming = desktop.open(`${code.statusUrl}?seen=opened`, AS_SCRIPT)
    expect((await confirmOnPhone(site, phone, code)).status).toBe(200)
    expect((await confirming).json).toEqual({ status: 'confirmed' })
    const answers = await Promise.all([finish(site, desktop, code), finish(site, desktop, code)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    const who = await desktop.open(`${rig.origin}/wechat/auth/user/openid`, AS_SCRIPT)
    expect(who.json).toEqual({ openid: rig.wechat.people.get('wang-jianguo')?.openid })
  })

  it(`keep nothing of ${VISITS} visitors who look at the desktop's page`, async () => {
    const [worker = ''] = rig.workers
    const agent = new Agent({ keepAlive: true, maxSockets: 8 })
    await visit(worker, agent, 200)
    // The keys of the other test would expire meanwhile.
    await redisCommand(rig.redis.port, 'FLUSHALL')
    const heapBefore = await heapOf(worker)
    await visit(worker, agent, VISITS)
    agent.destroy()
    expect(await redisCommand(rig.redis.port, 'DBSIZE')).toBe(0)
    // One entry of 200 bytes for each of 10,000 visits would be 2 MB.
    const grownBytes = (await heapOf(worker)) - heapBefore
    console.info(`${VISITS} visits: the heap grew by ${Math.round(grownBytes / 1024)} KiB`)
    expect(grownBytes).toBeLessThan(1_500_000)
  }, 600_000)
})

async function visit(worker: string, agent: Agent, count: number): Promise<void> {
  let left = count
  const visitors = Array.from({ length: 8 }, async () => {
    while (left > 0) {
      left -= 1
      await get(`${worker}/wechat/auth/scan?state=%2Fpage`, agent)
    }
  })
  await Promise.all(visitors)
}

function get(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers: ON_DESKTOP.headers }, answer => {
      expect(answer.statusCode).toBe(200)
      answer.resume().once('end', resolve)
    })
    sent.once('error', reject).end()
  })
}
