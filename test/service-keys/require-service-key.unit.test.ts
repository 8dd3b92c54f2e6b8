import express, { type Express } from 'express'
import { describe, expect, it } from 'vitest'
import { isKnownCaller } from '../../src/http/known-caller.ts'
import {
  createServiceKeyFinder,
  requireServiceKey,
  serviceKeysSchema,
} from '../../src/service-keys/require-service-key.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { createExchange, createRequest, errorOf } from '../support/plain-exchange.ts'

const billingKey = 'billing-0123456789abcdefghijklmnop'
const reportsKey = 'reports-0123456789abcdefghijklmnop'
const serviceKeys = { billing: billingKey, reports: reportsKey }

describe('createServiceKeyFinder', () => {
  const findServiceKey = createServiceKeyFinder(serviceKeys)
  const find = (authorization?: string) =>
    findServiceKey(createRequest({ headers: authorization === undefined ? {} : { authorization } }))

  it('tells the name of the key that the request carries', () => {
    expect(find(`Bearer ${billingKey}`)).toBe('billing')
    expect(find(`Bearer ${reportsKey}`)).toBe('reports')
    expect(find(`bearer   ${billingKey}`)).toBe('billing')
  })

  it.each([
    undefined,
    '',
    'Bearer ',
    billingKey,
    `Basic ${billingKey}`,
    `Bearer${billingKey}`,
    `xBearer ${billingKey}`,
    `Bearer ${billingKey} x`,
    `Bearer ${billingKey}x`,
    `Bearer ${billingKey.slice(0, -1)}`,
    'Bearer billing',
    `Bearer ${billingKey.toUpperCase()}`,
  ])('finds no key in the header %j', authorization => {
    expect(find(authorization)).toBeUndefined()
  })
})

describe('requireServiceKey', () => {
  /** Passes one request through the guard: what it did, and with which error. */
  function setUp() {
    const clock = new ManualClock()
    const failures: { code: string; status: number; retryAfterSeconds: number | undefined }[] = []
    const guard = requireServiceKey({
      serviceKeys,
      clock,
      onError: ({ code, status, retryAfterSeconds }) =>
        void failures.push({ code, status, retryAfterSeconds }),
    })
    async function pass(key?: string, remoteAddress = '198.51.100.7', app: Express = express()) {
      const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
      const { req, res } = createExchange({ headers, remoteAddress, app })
      let passed = 0
      guard(req, res, () => {
        passed += 1
      })
      // A refusal is given to onError in a later microtask.
      await new Promise(resolve => setImmediate(resolve))
      const error = failures.splice(0)[0]
      return { req, res, passed, error }
    }
    return { clock, pass }
  }

  it('passes a right key, notes its name, and knows the caller', async () => {
    const { pass } = setUp()
    const { req, res, passed, error } = await pass(reportsKey)
    expect([passed, error]).toEqual([1, undefined])
    expect(res.locals.wechatServiceKey).toBe('reports')
    expect(isKnownCaller(req)).toBe(true)
    expect(res.getHeader('www-authenticate')).toBeUndefined()
  })

  it.each([undefined, 'x'.repeat(34)])('refuses the key %j with 401 and asks for one', async key => {
    const { pass } = setUp()
    const { req, res, passed, error } = await pass(key)
    expect([passed, error?.code, error?.status]).toEqual([0, 'service_key_required', 401])
    expect(res.getHeader('www-authenticate')).toBe('Bearer')
    expect(res.locals).toEqual({})
    expect(isKnownCaller(req)).toBe(false)
  })

  it('refuses the eleventh wrong key of an address within a minute with 429', async () => {
    const { clock, pass } = setUp()
    for (let index = 0; index < 10; index++) expect((await pass()).error?.status).toBe(401)
    clock.advance(20_000)
    const { res, error } = await pass()
    expect(error).toEqual({ code: 'too_many_wrong_keys', status: 429, retryAfterSeconds: 40 })
    expect(res.getHeader('www-authenticate')).toBeUndefined()
    expect((await pass(undefined, '198.51.100.8')).error?.status).toBe(401)
    expect((await pass(billingKey)).passed).toBe(1)
    clock.advance(40_000)
    expect((await pass()).error?.status).toBe(401)
  })
})

describe('the keys', () => {
  const complaint = (keys: unknown) => serviceKeysSchema.safeParse(keys).error?.issues[0]?.message

  it('are one to four keys of 32 to 256 printable characters, by their names', () => {
    const key = (length: number) => '~'.padEnd(length, '!')
    expect(serviceKeysSchema.parse({ 'a.b-c_D9': key(32) })).toEqual({ 'a.b-c_D9': key(32) })
    expect(complaint({ a: key(256), b: key(33), c: key(34), d: key(35) })).toBeUndefined()
    expect(complaint({ ['a'.repeat(31)]: key(32) })).toBeUndefined()
  })

  it.each([
    ['a text', billingKey, 'must be keys by their names, such as { billing: process.env.BILLING_KEY }'],
    [
      'a long name',
      { ['a'.repeat(32)]: billingKey },
      'must have names of at most 31 characters; write { name: key }, not { key: name }',
    ],
    ['a name with a symbol', { 'a b': billingKey }, 'must have names of letters, digits, "_", "." and "-"'],
    [
      'a name that begins with a dot',
      { '.a': billingKey },
      'must have names of letters, digits, "_", "." and "-"',
    ],
    [
      'a name that ends with a symbol',
      { 'a!': billingKey },
      'must have names of letters, digits, "_", "." and "-"',
    ],
    ['a key that is no text', { a: 1 }, 'must be a text'],
    ['a short key', { a: 'x'.repeat(31) }, 'must be 32 to 256 printable characters without spaces'],
    ['a long key', { a: 'x'.repeat(257) }, 'must be 32 to 256 printable characters without spaces'],
    ['a key with a space', { a: `${billingKey} x` }, 'must be 32 to 256 printable characters without spaces'],
    [
      'a key that is not ASCII',
      { a: `${billingKey}钥` },
      'must be 32 to 256 printable characters without spaces',
    ],
    ['no key', {}, 'must hold at least one key'],
    [
      'five keys',
      Object.fromEntries([1, 2, 3, 4, 5].map(n => [`k${n}`, billingKey + n])),
      'must hold at most four keys',
    ],
    ['one key twice', { a: billingKey, b: billingKey }, 'must hold a key of its own for each name'],
  ])('are not %s', (_what, keys, message) => {
    // zod wraps the complaint about a name in an issue of its own.
    const { error } = serviceKeysSchema.safeParse(keys)
    expect(JSON.stringify(error?.issues)).toContain(JSON.stringify(message).slice(1, -1))
    expect(JSON.stringify(error?.issues)).not.toContain('0123456')
  })

  it('are options of the factory, which names itself', () => {
    const refuse = (options: object) => errorOf(() => requireServiceKey({ serviceKeys, ...options })).message
    expect(refuse({ serviceKeys: {} })).toMatch(
      /^requireServiceKey: "serviceKeys" must hold at least one key/,
    )
    expect(refuse({ other: 1 })).toMatch(/^requireServiceKey: .*other/)
    expect(refuse({ onError: 1 })).toMatch(/^requireServiceKey: "onError" must be a function/)
  })
})
