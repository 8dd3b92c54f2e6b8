// @express 5 alone: the subject is the calls to a session store; user-info.test.ts holds the 503 of one on both majors.
import { EventEmitter } from 'node:events'
import { inspect } from 'node:util'
import { RedisStore } from 'connect-redis'
import express, { type ErrorRequestHandler } from 'express'
import session, { type SessionData, type Store } from 'express-session'
import { createClient } from 'redis'
import request from 'supertest'
import { describe, expect, it, onTestFinished } from 'vitest'
import { boundedSessionStore } from '../../src/login/bounded-session-store.ts'
import { resilientRedisOptions } from '../../src/tokens/stores/resilient-redis-options.ts'
import { redisProgram, startRedis } from '../support/redis-server.ts'
import { TestSessionStore } from '../support/session-store.ts'

declare module 'express-session' {
  interface SessionData {
    visits?: number
  }
}

const unavailable = { name: 'WechatUnavailableError', code: 'session_unavailable', status: 503 }
const data = { visits: 1 } as SessionData

/** Hangs at all that it is asked, as a client does whose Redis is frozen. */
class HangingStore extends session.MemoryStore {
  isHanging = true
  override get: Store['get'] = (id, callback) => void (this.isHanging || super.get(id, callback))
  override set: Store['set'] = (id, value, callback) =>
    void (this.isHanging || super.set(id, value, callback))
  override destroy: Store['destroy'] = (id, callback) => void (this.isHanging || super.destroy(id, callback))
  override touch = (id: string, value: SessionData, callback?: () => void) =>
    void (this.isHanging || super.touch(id, value, callback))
}

const ask = <Value>(run: (done: (error?: unknown, value?: Value | null) => void) => unknown) =>
  new Promise<Value | null | undefined>((resolve, reject) => {
    run((error, value) => (error ? reject(error) : resolve(value)))
  })

describe('boundedSessionStore', () => {
  it.each([
    ['get', (store: Store) => ask(done => store.get('id', done))],
    ['set', (store: Store) => ask(done => store.set('id', data, done))],
    ['destroy', (store: Store) => ask(done => store.destroy('id', done))],
    ['touch', (store: Store) => ask(done => store.touch?.('id', data, done))],
    ['all', (store: Store) => ask(done => store.all?.(done as () => void))],
    ['regenerate', (store: Store) => ask(done => store.regenerate({ sessionID: 'id' } as never, done))],
    ['load', (store: Store) => ask(done => store.load('id', done))],
  ])('ends the wait for %s', async (name, run) => {
    const hanging = new HangingStore()
    if (name === 'all') hanging.all = () => {}
    const store = Object.assign(boundedSessionStore(hanging, { timeoutMs: 30 }), { generate: () => {} })
    await expect(run(store)).rejects.toMatchObject(unavailable)
  })

  it('passes on the answers of a store that works', async () => {
    const store = boundedSessionStore(new session.MemoryStore())
    const full = { visits: 3, cookie: { maxAge: null } } as unknown as SessionData
    expect(await ask(done => store.get('id', done))).toBeUndefined()
    await ask(done => store.set('id', full, done))
    expect(await ask(done => store.get('id', done))).toMatchObject({ visits: 3 })
    expect(await ask(done => store.length?.(done as () => void))).toBe(1)
    await ask(done => store.destroy('id', done))
    expect(await ask(done => store.get('id', done))).toBeUndefined()
  })

  it('calls back once, however late or often its store does', async () => {
    const answers: unknown[] = []
    const callbacks: ((error: unknown) => void)[] = []
    const slow = Object.assign(new session.MemoryStore(), {
      set: (_: string, __: SessionData, callback: (error: unknown) => void) => void callbacks.push(callback),
    })
    const store = boundedSessionStore(slow, { timeoutMs: 30 })
    await ask(done => store.set('id', data, error => done(answers.push(error) && undefined)))
    for (const callback of callbacks) callback(null)
    for (const callback of callbacks) callback(new Error('late'))
    await new Promise(setImmediate)
    expect(answers).toHaveLength(1)
  })

  it('makes one error of all failures, without what the store threw', async () => {
    const cases: Store['get'][] = [
      (_, callback) => callback(new Error('connect redis://:canary@127.0.0.1')),
      () => {
        throw new Error('canary')
      },
      (() => Promise.reject(new Error('canary'))) as unknown as Store['get'],
    ]
    for (const get of cases) {
      const store = boundedSessionStore(Object.assign(new session.MemoryStore(), { get }))
      const error = await ask(done => store.get('id', done)).catch((thrown: Error) => thrown)
      expect(error).toMatchObject(unavailable)
      expect(inspect(error, { depth: null, showHidden: true })).not.toContain('canary')
    }
  })

  it('passes a missing session on as missing', async () => {
    const missing = Object.assign(new Error('no file'), { code: 'ENOENT' })
    const get: Store['get'] = (_, callback) => callback(missing)
    const store = boundedSessionStore(Object.assign(new session.MemoryStore(), { get }))
    await expect(ask(done => store.get('id', done))).rejects.toBe(missing)
  })

  it('has a touch only if the store has one', () => {
    const bare = Object.assign(new EventEmitter(), { get() {}, set() {}, destroy() {} }) as unknown as Store
    expect(boundedSessionStore(bare).touch).toBeUndefined()
    expect(boundedSessionStore(new session.MemoryStore()).touch).toBeTypeOf('function')
  })

  it("passes on the store's disconnect and connect", () => {
    const inner = new session.MemoryStore()
    const told: string[] = []
    const store = boundedSessionStore(inner)
    for (const event of ['connect', 'disconnect']) store.on(event, () => told.push(event))
    inner.emit('disconnect')
    inner.emit('connect')
    expect(told).toEqual(['disconnect', 'connect'])
  })

  it.each([
    ['no JSON', '{"cookie":{"orig'],
    ['a number', '5'],
    ['a text', '"session"'],
    ['no cookie', '{"visits":3}'],
    ['null as the cookie', '{"cookie":null}'],
    ['an expiry that is no time', '{"cookie":{"expires":"soon","originalMaxAge":1}}'],
  ])('gives a new session instead of a damaged one: %s', async (_name, damaged) => {
    const inner = new TestSessionStore()
    const agent = request.agent(appOver(boundedSessionStore(inner)))
    expect((await agent.get('/')).body).toEqual({ visits: 1 })
    expect((await agent.get('/')).body).toEqual({ visits: 2 })
    for (const id of inner.sessions.keys()) inner.sessions.set(id, damaged)
    inner.get = (id, done) => {
      try {
        done(null, JSON.parse(inner.sessions.get(id) ?? 'null'))
      } catch (error) {
        done(error)
      }
    }
    const answers = [await agent.get('/'), await agent.get('/')]
    expect(answers.map(({ body }) => body)).toEqual([{ visits: 1 }, { visits: 2 }])
  })

  it.each([
    [{}, 500, '"store"'],
    [new session.MemoryStore(), 0, '"timeoutMs"'],
    [new session.MemoryStore(), Number.NaN, '"timeoutMs"'],
  ])('names what is wrong with its options (%#)', (store, timeoutMs, named) => {
    expect(() => boundedSessionStore(store as Store, { timeoutMs })).toThrow(named)
  })
})

function appOver(store: Store) {
  const app = express()
  app.use(session({ store, secret: 'a secret of tests', resave: false, saveUninitialized: false }))
  app.get('/', (req, res) => {
    req.session.visits = (req.session.visits ?? 0) + 1
    res.json({ visits: req.session.visits })
  })
  app.post('/login', (req, res, next) => {
    req.session.regenerate(error => (error ? next(error) : res.json({ ok: true })))
  })
  const answer: ErrorRequestHandler = (error, _req, res, _next) => {
    res.status(error.status ?? 500).json({ code: error.code, detail: error.message })
  }
  return app.use(answer)
}

describe.skipIf(!redisProgram)('an app whose Redis is frozen', () => {
  it('answers 503 while Redis hangs, and works again when Redis does', async () => {
    const server = await startRedis()
    const client = createClient({ url: server.url, ...resilientRedisOptions() })
    client.on('error', () => {})
    await client.connect()
    onTestFinished(async () => {
      client.destroy()
      await server.close()
    })
    const agent = request.agent(appOver(boundedSessionStore(new RedisStore({ client }))))
    expect((await agent.get('/')).body).toEqual({ visits: 1 })
    expect((await agent.get('/')).body).toEqual({ visits: 2 })

    server.freeze()
    const frozen = await Promise.all([agent.get('/'), agent.post('/login')])
    server.thaw()

    // The wait ended by the time limit of the store: the client's own is longer, and its error has another text.
    const detail = expect.stringContaining('did not answer in time')
    for (const { status, body } of frozen)
      expect({ status, ...body }).toEqual({ status: 503, code: 'session_unavailable', detail })
    await expect.poll(async () => (await agent.get('/')).status, { timeout: 10_000 }).toBe(200)
  })
})
