import { Agent, get } from 'node:http'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../support/visitor.ts'
import { type OutputKind, type StallingGateway, startStallingGateway } from './support/stalling-gateway.ts'

const REQUESTS = 200
const AT_ONCE = 20
/** The log has the address that a trusted proxy names: these lines are more than the log and the system hold back. */
const LONG_ADDRESS = 'x'.repeat(8_000)

let wechat: RunningSimulator
let gateway: StallingGateway

beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(() => wechat?.close())

const kinds: OutputKind[] = ['a pipe', 'a socket']
// `script` of other systems has other options.
if (process.platform === 'linux') kinds.push('a terminal')
else console.warn('SKIPPED: the gateway on a terminal with Ctrl-S needs the `script` of Linux')

describe.each(kinds)('a log that is %s', kind => {
  beforeAll(async () => {
    gateway = await startStallingGateway(kind, wechat)
  })
  afterAll(() => gateway?.close())

  it('tells how many lines were dropped once its reader is back', async () => {
    gateway.stopReading()
    await countAnswers(gateway.url)
    const dropped = await readDroppedLines(gateway)
    const [, reported] = await gateway.readUntil(/"droppedLines":(\d+)/)
    expect(Number(reported)).toBe(dropped)

    // What the reader did get are whole lines, and no request is missing in the sum.
    const lines = gateway.written.split(/\r?\n/).filter(line => line.startsWith('{'))
    for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
    expect(lines.filter(line => line.includes(LONG_ADDRESS)).length + dropped).toBe(REQUESTS)
  })

  it('stops no request, no probe and no SIGTERM if nobody reads it', async () => {
    const droppedBefore = await readDroppedLines(gateway)
    gateway.stopReading()
    expect(await countAnswers(gateway.url)).toBe(REQUESTS)
    expect(await exchange(`${gateway.origin}/healthz`, {})).toMatchObject({ status: 200 })
    expect(await readDroppedLines(gateway)).toBeGreaterThan(droppedBefore)
    expect(await gateway.terminate()).toBe(0)
  })
})

/** Requests that were answered until all were, or until one was not within three seconds. */
async function countAnswers(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  let begun = 0
  let answered = 0
  let isStuck = false

  async function askInTurn(): Promise<void> {
    while (begun < REQUESTS && !isStuck) {
      begun++
      if (await isAnswered(url, agent)) answered++
      else isStuck = true
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, askInTurn))
  agent.destroy()
  return answered
}

function isAnswered(url: string, agent: Agent): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const sent = get(url, { agent, timeout: 3_000, headers: { 'x-forwarded-for': LONG_ADDRESS } }, res => {
    res.resume().once('end', () => resolve(true))
  })
  sent.once('timeout', () => sent.destroy()).once('error', () => resolve(false))
  return promise
}

async function readDroppedLines({ metricsUrl }: StallingGateway): Promise<number> {
  const { text } = await exchange(metricsUrl, {})
  return Number(/^log_lines_dropped_total (\d+)$/m.exec(text)?.[1])
}
