import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import {
  accessToken,
  call,
  codeFor,
  exchange,
  jpeg,
  post,
  simulate,
  start2026,
  ticket,
  userinfo,
} from '../support.ts'

const folder = mkdtempSync(join(tmpdir(), 'simulator-state-'))
let stateFile: string
let number = 0

beforeEach(() => {
  number += 1
  stateFile = join(folder, `state-${number}.json`)
})

// After the simulators have closed, which write a last time.
afterAll(() => rmSync(folder, { recursive: true }))

describe('a simulator with a state file', () => {
  it('goes on after a restart: port, account, people, clock, tokens, media and logins', async () => {
    const first = await simulate({ stateFile })
    first.people.add({ id: 'new', nickname: '新人' })
    first.people.change('he-miao', { isFollower: true })
    first.advance(60_000)
    first.configure({ boundToOpenPlatform: true })
    const token = await accessToken(first)
    await ticket(first, token)
    const mediaId = first.uploadMedia({ type: 'image', data: jpeg })
    const login = await exchange(first, codeFor(first))
    await first.close()

    const second = await simulate({ stateFile })
    expect(second.env).toEqual(first.env)
    // The client still has a connection to the one before, on the same port.
    await expect.poll(async () => (await call(second, '/simulator/state')).status).toBe(200)
    expect(second.people.list()).toEqual(first.people.list())
    expect(second.people.get('he-miao')).toMatchObject({ isFollower: true, subscribeTime: start2026 / 1000 })
    expect(second.now()).toBe(start2026 + 60_000)
    expect(second.currentAccessTokens).toEqual([token])
    expect(second.currentJsapiTicket).toBe(first.currentJsapiTicket)
    const downloaded = await call(second, '/cgi-bin/media/get', { access_token: token, media_id: mediaId })
    expect(downloaded.bytes).toEqual(jpeg)
    expect((await userinfo(second, login)).body).toMatchObject({ openid: login.body.openid })
    expect((await userinfo(second, login)).body).toHaveProperty('unionid')
  })

  it('writes changes at once, for this user alone, and no state that is half written', async () => {
    const simulator = await simulate({ stateFile })
    simulator.advance(5_000)
    await expect.poll(() => JSON.parse(readFileSync(stateFile, 'utf8')).advancedMs).toBe(5_000)
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
  })

  it('takes another port if its own is taken, and the options before the file', async () => {
    const first = await simulate({ stateFile })
    const { port } = new URL(first.url)
    await first.close()
    const other = createServer()
    onTestFinished(() => void other.close())
    await new Promise<void>(resolve => other.listen(Number(port), '127.0.0.1', resolve))
    const second = await simulate({ stateFile, appId: 'wxsim_mine', certified: false })
    expect(new URL(second.url).port).not.toBe(port)
    expect([second.appId, second.appSecret]).toEqual(['wxsim_mine', first.appSecret])
    expect(second.exportState().config).toMatchObject({ certified: false })
  })

  it.each(['{"format":"other"}', 'not JSON', ''])(
    'refuses the file %j and leaves it as it is',
    async text => {
      writeFileSync(stateFile, text)
      await expect(startSimulator({ stateFile })).rejects.toThrow(/can't read the state file/)
      expect(readFileSync(stateFile, 'utf8')).toBe(text)
    },
  )
})

describe('the state as one JSON', () => {
  const control = (simulator: { url: string; controlKey: string }, path: string, body: unknown = {}) =>
    call(
      simulator,
      `/simulator/state/${path}`,
      {},
      {
        method: 'POST',
        headers: { 'x-simulator-key': simulator.controlKey },
        body: JSON.stringify(body),
      },
    )

  it('moves to another simulator, whose account stays', async () => {
    const first = await simulate()
    first.advance(1_000)
    const mediaId = first.uploadMedia({ type: 'image', data: jpeg })
    const second = await simulate()
    const { appId } = second
    expect((await control(second, 'import', (await control(first, 'export')).body)).status).toBe(200)
    expect(second.appId).toBe(appId)
    expect(second.now()).toBe(first.now())
    expect(second.people.list()).toEqual(first.people.list())
    expect(second.exportState().media).toMatchObject([{ mediaId }])
  })

  it('is reset to that of the start', async () => {
    const simulator = await simulate({ boundToOpenPlatform: true })
    simulator.advance(1_000)
    simulator.people.add()
    simulator.configure({ certified: false })
    simulator.faults.always('/cgi-bin/token', 'hang')
    await accessToken(simulator)
    await control(simulator, 'reset')
    expect(simulator.now()).toBe(start2026)
    expect(simulator.people.list()).toHaveLength(6)
    expect(simulator.currentAccessTokens).toEqual([])
    expect(simulator.history.entries).toEqual([])
    expect(simulator.exportState().config).toMatchObject({ certified: true, boundToOpenPlatform: true })
  })

  it('is not replaced by a state with a real account in it, or with a setting that is none', async () => {
    const simulator = await simulate()
    const state = simulator.exportState()
    for (const wrong of [
      { ...state, appId: 'wx0123456789abcdef' },
      { ...state, people: [{ ...state.people[0], openid: 'oReal' }] },
      { ...state, config: { certified: 'maybe' } },
      { ...state, version: 2 },
      {},
    ]) {
      expect((await control(simulator, 'import', wrong)).status).toBe(400)
    }
    expect(simulator.exportState()).toEqual(state)
  })

  it('is given to nobody without the key', async () => {
    const simulator = await simulate()
    for (const name of ['export', 'import', 'reset']) {
      expect((await post(simulator, `/simulator/state/${name}`, {})).status).toBe(401)
    }
  })
})
