import express from 'express'
import { createTokenManager, messageHandler, reply, type WechatReply } from 'express-wechat'
import { describe, expect, it } from 'vitest'
import { createMemoryTokenStore } from '../../src/tokens/stores/memory-token-store.ts'
import { BreakableStore } from '../support/breakable-store.ts'
import { listen } from '../support/listen.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { keepWarnings } from '../support/warning.ts'
import { deliverThrice, type PendingDelivery, pass, startProcess } from './support/deliveries.ts'
import { createPushClient, postTo, textMessage } from './support/push-client.ts'
import { VECTORS } from './wire/vectors.ts'

const VECTORS_PLAIN = { token: VECTORS.token, appId: VECTORS.appId }

/** Processes of one service, whose handler takes that long. */
function setUp({ handlerMs = 0, answer = reply.text('the answer') as WechatReply | undefined } = {}) {
  const clock = new ManualClock()
  const store = new BreakableStore(clock)
  const runs: string[] = []
  const late: string[] = []

  function start(name: string, time = clock, ownStore = store) {
    return startProcess(time, ownStore, {
      on: {
        async other(message) {
          runs.push(`${name} ${message.type}`)
          if (handlerMs > 0) await time.sleep(handlerMs)
          return answer
        },
      },
      late: (_message, lateReply) => void late.push(`${name} ${lateReply.type}`),
    })
  }
  return { clock, store, runs, late, start }
}

const answers = (deliveries: readonly PendingDelivery[]) =>
  deliveries.map(({ answer }) => (answer?.includes('the answer') ? 'the answer' : answer))

describe('three deliveries to three processes', () => {
  it('run once, and the third one carries the answer of a handler that takes 12 s', async () => {
    const { clock, runs, late, start } = setUp({ handlerMs: 12_000 })
    const deliveries = await deliverThrice(clock, [start('a'), start('b'), start('c')], textMessage())
    expect(answers(deliveries)).toEqual([undefined, undefined, 'the answer'])
    await pass(clock, 20_000)
    expect([runs, late]).toEqual([['a text'], []])
  })

  it('end with the first one if the handler is fast', async () => {
    const { clock, runs, start } = setUp({ handlerMs: 1_000 })
    const deliveries = await deliverThrice(clock, [start('a'), start('b'), start('c')], textMessage())
    expect(answers(deliveries)).toEqual(['the answer'])
    expect(runs).toEqual(['a text'])
  })

  it('give a reply that comes after them to late, once, and end with success', async () => {
    const { clock, runs, late, start } = setUp({ handlerMs: 16_000 })
    const deliveries = await deliverThrice(clock, [start('a'), start('b'), start('c')], textMessage())
    expect(answers(deliveries)).toEqual([undefined, undefined, 'success'])
    expect(late).toEqual([])
    await pass(clock, 20_000)
    expect([runs, late]).toEqual([['a text'], ['a text']])
  })

  it('give a reply between two deliveries that never came to late', async () => {
    const { clock, late, start } = setUp({ handlerMs: 6_000 })
    const delivery = start('a').deliver(textMessage())
    await pass(clock, 5_000)
    delivery.hangUp()
    await pass(clock, 9_000)
    expect(late).toEqual([])
    await pass(clock, 2_000)
    expect(late).toEqual(['a text'])
  })

  it('give a reply whose connection was lost meanwhile to late', async () => {
    const { clock, late, start } = setUp({ handlerMs: 2_000 })
    const delivery = start('a').deliver(textMessage())
    await pass(clock, 1_000)
    delivery.hangUp()
    await pass(clock, 15_000)
    expect(late).toEqual(['a text'])
  })

  it("give a reply to late that comes after the delivery's time, before its connection closes", async () => {
    const { clock, late, start } = setUp({ handlerMs: 4_800 })
    const delivery = start('a').deliver(textMessage())
    await pass(clock, 4_900)
    delivery.hangUp()
    await pass(clock, 12_000)
    expect([delivery.answer, late]).toEqual([undefined, ['a text']])
  })

  it('take no answer over a connection that was lost while they waited', async () => {
    const { clock, late, start } = setUp({ handlerMs: 7_000 })
    const message = textMessage()
    const first = start('a').deliver(message)
    await pass(clock, 5_000)
    first.hangUp()
    const second = start('b').deliver(message)
    await pass(clock, 500)
    second.hangUp()
    await pass(clock, 12_000)
    expect(late).toEqual(['a text'])
  })

  it('leave the store alone when the run is over', async () => {
    const { clock, store, start } = setUp({ handlerMs: 1_500 })
    const { put } = store
    let puts = 0
    store.put = (...entry) => {
      puts += 1
      return put(...entry)
    }
    start('a').deliver(textMessage())
    await pass(clock, 2_000)
    const putsOfRun = puts
    expect(putsOfRun).toBeGreaterThan(2)
    await pass(clock, 5_000)
    expect(puts).toBe(putsOfRun)
  })

  it('give a reply that is too large to be stored to late at once', async () => {
    const answer = reply.news({ title: 'a', url: `https://a/${'x'.repeat(9_000)}` })
    const { clock, late, start } = setUp({ handlerMs: 6_000, answer })
    const deliveries = await deliverThrice(clock, [start('a'), start('b')], textMessage())
    expect([answers(deliveries), late]).toEqual([[undefined, 'success'], ['a news']])
  })

  it('carry no answer twice to late if a delivery took it', async () => {
    const { clock, late, start } = setUp({ handlerMs: 4_800 })
    const deliveries = await deliverThrice(clock, [start('a'), start('b')], textMessage())
    await pass(clock, 20_000)
    expect([answers(deliveries), late]).toEqual([[undefined, 'the answer'], []])
  })
})

describe('a message', () => {
  it('gets the answer again if WeChat did not receive it', async () => {
    const { clock, runs, start } = setUp()
    const message = textMessage()
    const deliveries = [start('a').deliver(message)]
    await pass(clock, 5_000)
    deliveries.push(start('b').deliver(message))
    await pass(clock, 500)
    expect([answers(deliveries), runs]).toEqual([['the answer', 'the answer'], ['a text']])
  })

  it('that is repeated after nine minutes, with a new timestamp, runs no second time', async () => {
    const { clock, runs, start } = setUp()
    const message = textMessage()
    start('a').deliver(message)
    await pass(clock, 500)
    clock.advance(540_000)
    const repeated = start('b').deliver(message)
    await pass(clock, 500)
    expect([repeated.answer, runs]).toEqual(['success', ['a text']])
  })

  it.each([
    ['another person', { FromUserName: 'oAnother' }],
    ['another message id', { MsgId: '1' }],
  ])('of %s is another message', async (_name, other) => {
    const { clock, runs, start } = setUp()
    const process = start('a')
    const message = textMessage()
    process.deliver(message)
    process.deliver({ ...message, ...other })
    await pass(clock, 500)
    expect(runs).toHaveLength(2)
  })

  it.each([
    ['another time', { CreateTime: 1_714_112_446 }],
    ['another event', { Event: 'VIEW' }],
    ['another key', { EventKey: 'other' }],
    ['another person', { FromUserName: 'oAnother' }],
  ])('that is an event of %s is another one, and the same one is not', async (_name, other) => {
    const { clock, runs, start } = setUp()
    const { MsgId: _none, Content: _text, ...base } = textMessage()
    const event = { ...base, MsgType: 'event', Event: 'CLICK', EventKey: 'menu' }
    const process = start('a')
    for (const fields of [event, { ...event, ...other }, event]) process.deliver(fields)
    await pass(clock, 500)
    expect(runs).toHaveLength(2)
  })
})

describe('a run that is killed in the middle', () => {
  /** A process whose time stands still: nothing of it goes on. */
  function kill() {
    const time = new ManualClock()
    time.wallMs = () => 1_800_000_005_000
    return time
  }

  it('is run once more, and its answer goes to a delivery', async () => {
    const { clock, runs, late, start } = setUp({ handlerMs: 4_000 })
    const message = textMessage()
    const dead = start('dead', kill())
    const deliveries = await deliverThrice(clock, [dead, start('b'), start('c')], message)
    await pass(clock, 20_000)
    expect([answers(deliveries), runs, late]).toEqual([
      [undefined, undefined, 'the answer'],
      ['dead text', 'b text'],
      [],
    ])
  })

  it('is run once more only: if that one dies too, WeChat gets success', async () => {
    const { clock, runs, start } = setUp({ handlerMs: 3_000 })
    const message = textMessage()
    const second = kill()
    start('dead', kill()).deliver(message)
    await pass(clock, 5_000)
    start('dead too', second).deliver(message)
    for (let step = 0; step < 8; step += 1) await pass(second, 200)
    await pass(clock, 5_000)
    const third = start('c').deliver(message)
    await pass(clock, 4_000)
    expect([third.answer, runs]).toEqual(['success', ['dead text', 'dead too text']])
  })

  it('is not run a second time while it shows signs of life', async () => {
    const { clock, runs, start } = setUp({ handlerMs: 60_000 })
    const message = textMessage()
    const [a, b] = [start('a'), start('b')]
    a.deliver(message)
    for (let round = 0; round < 10; round += 1) {
      b.deliver(message)
      await pass(clock, 5_000)
    }
    expect(runs).toEqual(['a text'])
  })
})

describe('a store that is down', () => {
  it('leaves messages answered, runs them once in each process, and is warned of once', async () => {
    const { clock, store, runs, start } = setUp()
    await new Promise(setImmediate)
    const warnings = keepWarnings()
    store.isAway = true
    const process = start('a')
    const message = textMessage()
    const deliveries = [process.deliver(message), process.deliver(textMessage())]
    await pass(clock, 1_000)
    deliveries.push(process.deliver(message))
    await pass(clock, 1_000)
    expect(answers(deliveries)).toEqual(['the answer', 'the answer', 'the answer'])
    expect(runs).toEqual(['a text', 'a text'])
    const texts = await warnings()
    expect(texts.filter(text => text.includes('can run in each of them'))).toHaveLength(1)
    expect(texts.join()).not.toContain('password')
  })

  it('and comes back does not make this process run a message again', async () => {
    const { clock, store, runs, start } = setUp()
    const process = start('a')
    const message = textMessage()
    store.isAway = true
    process.deliver(message)
    await pass(clock, 1_000)
    store.isAway = false
    const repeated = process.deliver(message)
    await pass(clock, 1_000)
    expect([answers([repeated]), runs]).toEqual([['the answer'], ['a text']])
  })

  it('is asked for claims, texts and nothing else, so that stores of applications work', async () => {
    const clock = new ManualClock()
    const inner = createMemoryTokenStore({ clock })
    const kept: [string, string][] = []
    const store = {
      isShared: true,
      acquire: () => Promise.reject(new Error('unused')),
      claim: inner.claim.bind(inner),
      get: inner.get.bind(inner),
      put(key: string, value: string, ttlMs: number) {
        kept.push([key, value])
        return inner.put(key, value, ttlMs)
      },
    }
    const process = startProcess(clock, store as never, { on: { text: () => reply.text('the answer') } })
    const delivery = process.deliver(textMessage({ Content: 'a private message' }))
    await pass(clock, 500)
    expect(answers([delivery])).toEqual(['the answer'])
    expect(kept.length).toBeGreaterThan(1)
    expect(JSON.stringify(kept)).not.toContain('a private message')
    expect(JSON.stringify(kept)).not.toContain('o9AgO5Kd5ggOC')
  })
})

it('at most 256 deliveries wait in a process; the next one is 503, and a first delivery is not', async () => {
  const { clock, start } = setUp({ handlerMs: 60_000 })
  const process = start('a')
  const message = textMessage()
  process.deliver(message)
  await pass(clock, 100)
  const waiting = Array.from({ length: 256 }, () => process.deliver(message))
  await pass(clock, 500)
  const refused = process.deliver(message)
  const first = process.deliver(textMessage())
  await pass(clock, 500)
  expect([refused.status, first.status, waiting.filter(({ status }) => status)]).toEqual([503, undefined, []])
})

it('a delivery whose run takes too long gets no byte, and its connection is closed', async () => {
  const clock = new ManualClock()
  const tokenManager = createTokenManager({ appId: VECTORS.appId, appSecret: 'secret-of-the-tests', clock })
  const late: string[] = []
  const app = express()
  app.all(
    '/push',
    messageHandler({
      tokenManager,
      token: VECTORS.token,
      on: {
        async text() {
          await clock.sleep(20_000)
          return reply.text('the answer')
        },
      },
      late: ({ openid }) => void late.push(openid),
    }),
  )
  const site = await listen(app)
  const client = createPushClient({ transport: postTo(`${site.origin}/push`) }, VECTORS_PLAIN)
  let outcome = 'pending'
  const pushed = client.push(textMessage(), { timestamp: Math.floor(clock.wallMs() / 1000) }).then(
    ({ status }) => {
      outcome = `answered ${status}`
    },
    () => {
      outcome = 'closed'
    },
  )
  await clock.somebodySleeps()
  await pass(clock, 4_500)
  expect(outcome).toBe('pending')
  await pass(clock, 2_500)
  await pushed
  expect(outcome).toBe('closed')
  await pass(clock, 20_000)
  expect(late).toHaveLength(1)
  await site.close()
})
