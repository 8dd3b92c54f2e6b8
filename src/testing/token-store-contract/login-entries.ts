import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { StoreTest } from './store-bench.js'

export function testLoginEntries(test: StoreTest): void {
  test('lets one of many callers claim a key, until its TTL has ended', async ({ store, advance }) => {
    const key = `login:${randomUUID()}`
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(key, 300)))
    assert.equal(claims.filter(Boolean).length, 1)
    assert.equal(await store.claim(key, 300), false)
    await advance(310)
    assert.equal(await store.claim(key, 300), true)
  })

  test('returns what was put, until its TTL has ended', async ({ store, advance }) => {
    const key = `outcome:${randomUUID()}`
    assert.equal(await store.get(key), undefined)
    await store.put(key, '{"昵称":"小明"}', 150)
    assert.equal(await store.get(key), '{"昵称":"小明"}')
    await store.put(key, '', 150)
    assert.equal(await store.get(key), '')
    await advance(160)
    assert.equal(await store.get(key), undefined)
  })
}
