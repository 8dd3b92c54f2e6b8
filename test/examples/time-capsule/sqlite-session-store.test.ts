import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SessionData } from 'express-session'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SqliteSessionStore } from '../../../examples/time-capsule/sqlite-session-store.ts'

let folder: string
let store: SqliteSessionStore

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'time-capsule-'))
  store = new SqliteSessionStore(join(folder, 'sessions.sqlite'))
})

afterEach(() => {
  store.close()
  rmSync(folder, { recursive: true })
})

function session(expiresInMs: number, values = {}): SessionData {
  const expires = new Date(Date.now() + expiresInMs)
  return { cookie: { originalMaxAge: expiresInMs, expires, path: '/' }, ...values } as SessionData
}

const get = (id: string) => promisify(store.get.bind(store))(id)
const set = (id: string, data: SessionData) => promisify(store.set.bind(store))(id, data)

describe('the session store', () => {
  it('keeps a session over a restart', async () => {
    await set('one', session(60_000, { wechat: { openid: 'osim_one' } }))
    store.close()
    store = new SqliteSessionStore(join(folder, 'sessions.sqlite'))
    expect(await get('one')).toMatchObject({ wechat: { openid: 'osim_one' } })
  })

  it('knows no session that is over, unknown or destroyed', async () => {
    await set('over', session(-1))
    await set('gone', session(60_000))
    await promisify(store.destroy.bind(store))('gone')
    expect(await get('over')).toBeNull()
    expect(await get('gone')).toBeNull()
    expect(await get('never')).toBeNull()
  })

  it('lets a visit prolong a session', async () => {
    await set('one', session(-1))
    await promisify(store.touch.bind(store))('one', session(60_000))
    expect(await get('one')).toMatchObject({ cookie: { path: '/' } })
  })

  it('reports its failures, and never before it was asked', async () => {
    const broken = new SqliteSessionStore(':memory:')
    broken.close()
    let isSynchronous = true
    const error = await new Promise(resolve => {
      broken.get('one', failure => resolve([failure, isSynchronous]))
      isSynchronous = false
    })
    expect(error).toEqual([expect.any(Error), false])
  })
})
