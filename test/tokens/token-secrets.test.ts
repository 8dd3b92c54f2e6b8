import diagnostics from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { getContext } from '../../src/tokens/context.ts'
import {
  ANY_API,
  cut,
  drip,
  hang,
  json,
  type Reply,
  raw,
  refuse,
  reset,
  TICKET,
  TOKEN,
} from '../support/scripted-wechat.ts'
import { APP_SECRET, tokenBench } from '../support/token-bench.ts'

const CANARIES = [APP_SECRET, 'token-1-', 'ticket-0-', 'echo-canary']

/** Everything that a logger could make of a value. */
function everythingOf(value: unknown): string {
  const seen = [inspect(value, { depth: null, showHidden: true }), JSON.stringify(value), String(value)]
  if (value instanceof Error) seen.push(value.stack ?? '', value.message, inspect(value.cause))
  return seen.join('\n')
}

function expectNoSecretIn(value: unknown): void {
  const text = everythingOf(value)
  for (const canary of CANARIES) expect(text).not.toContain(canary)
}

const bodies: [string, Reply][] = [
  ['a hanging answer', hang],
  ['a dripping answer', drip],
  ['a reset', reset],
  ['a cut answer', cut],
  ['HTML', raw(502, '<html>echo-canary</html>')],
  ['a redirect', raw(302, '', { location: `http://127.0.0.1:9/?secret=${APP_SECRET}` })],
  [
    'a wrong type',
    json({
      access_token: { value: 'echo-canary' },
      expires_in: 7200,
      ticket: ['echo-canary'],
      errcode: { value: 'echo-canary' },
    }),
  ],
  [
    'an echo of what was sent',
    (res, call) => refuse(40125, `bad ${call.body} ${JSON.stringify(call.query)}`)(res, call),
  ],
]

it.each(bodies)('no error holds a secret: %s', async (_, reply) => {
  const asked = [TOKEN, TICKET, ANY_API].map(async path => {
    const { manager, wechat, events, clock } = await tokenBench({ timeoutMs: 300 })
    wechat.always(path, reply)
    const ask = path === ANY_API ? manager.request(ANY_API) : manager.getJsapiTicket()
    const error: unknown = await ask.catch(thrown => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(error).not.toHaveProperty('cause')
    expectNoSecretIn(error)
    clock.advance(700)
    if (path !== ANY_API) expectNoSecretIn(await manager.getJsapiTicket().catch(thrown => thrown))
    expectNoSecretIn(events.map(({ event }) => event))
  })
  await Promise.all(asked)
})

it('no event holds one, on listeners and on diagnostics_channel', async () => {
  const { manager, wechat, events } = await tokenBench()
  const published: unknown[] = []
  const listener = (message: unknown) => published.push(message)
  for (const name of ['refresh', 'invalidated']) {
    diagnostics.subscribe(`express-wechat:${name}`, listener)
    onTestFinished(() => {
      diagnostics.unsubscribe(`express-wechat:${name}`, listener)
    })
  }
  await manager.getJsapiTicket()
  wechat.revoke()
  await manager.request(ANY_API)
  expect(events.map(({ name }) => name)).toEqual(['refresh', 'refresh', 'invalidated', 'refresh'])
  expect(published).toEqual(events.map(({ event }) => event))
  expectNoSecretIn(events)
})

it('a manager can be inspected, and shows none', async () => {
  const { manager } = await tokenBench()
  await manager.getJsapiTicket()
  expectNoSecretIn(manager)
  expectNoSecretIn(getContext(manager).account)
  expectNoSecretIn({ ...getContext(manager).account })
  expect(`${getContext(manager).account.appSecret}`).toBe('[REDACTED]')
})

it("the store's keys and reasons hold none", async () => {
  const { manager, wechat, store } = await tokenBench()
  wechat.always(TOKEN, (res, call) => refuse(40125, call.body)(res, call))
  await manager.getAccessToken().catch(() => {})
  const slot = `{wechat:bench:${manager.appId}}:access:stable`
  const kept = await store.acquire(slot, {
    owner: 'x',
    leaseMs: 1,
    refreshBeforeMs: 1,
    refreshBeforeRatio: 1,
  })
  expect(kept.outcome).toBe('failed')
  expectNoSecretIn(kept)
})

it('a listener that throws fails no refresh, and the event is still published', async () => {
  const { manager } = await tokenBench()
  const published: unknown[] = []
  const subscriber = (message: unknown) => published.push(message)
  diagnostics.subscribe('express-wechat:refresh', subscriber)
  const thrown: unknown[] = []
  const original = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', error => thrown.push(error))
  onTestFinished(() => {
    diagnostics.unsubscribe('express-wechat:refresh', subscriber)
    process.removeAllListeners('uncaughtException')
    for (const listener of original) process.on('uncaughtException', listener)
  })
  manager.on('refresh', () => {
    throw new Error("the listener's")
  })
  await expect(manager.getAccessToken()).resolves.toMatch(/^token-/)
  await new Promise(setImmediate)
  expect(thrown).toMatchObject([{ message: "the listener's" }])
  expect(published).toMatchObject([{ credential: 'access_token' }])
})
