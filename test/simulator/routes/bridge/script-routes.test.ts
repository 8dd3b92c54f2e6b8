import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { call, simulate } from '../../support.ts'

const published = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')
const published14 = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk-1.4'), 'utf8')
const script = (simulator: RunningSimulator, query: Record<string, string> = {}, userAgent = 'Chrome') =>
  call(simulator, '/simulator/jweixin.js', query, { headers: { 'user-agent': userAgent } })

const settingsIn = (text: string): unknown => JSON.parse(/\{ \.\.\.(\{.*?\}), /.exec(text)?.[1] ?? '')

describe('the script of a page', () => {
  it('is the bridge and, to the byte, the official script', async () => {
    const { text, headers } = await script(await simulate())
    expect(text).toContain('WeixinJSBridge')
    expect(text.indexOf(published)).toBeGreaterThan(text.indexOf('WeixinJSBridgeReady'))
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
  })

  it('tells the bridge where the simulator is and which phone to play', async () => {
    const simulator = await simulate()
    expect(settingsIn((await script(simulator)).text)).toEqual({ baseUrl: simulator.url })
    for (const profile of ['android', 'ios', 'desktop', 'harmony', 'devtools']) {
      expect(settingsIn((await script(simulator, { profile })).text)).toEqual({
        baseUrl: simulator.url,
        profile,
      })
    }
    expect(settingsIn((await script(simulator, { profile: '</script>' })).text)).toEqual({
      baseUrl: simulator.url,
    })
  })

  it('brings no bridge into a real WeChat', async () => {
    const simulator = await simulate()
    const wechat = 'Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.49'
    const { text } = await script(simulator, {}, wechat)
    expect(text).toContain(published)
    expect(text).not.toContain('wxsim')
    expect((await script(simulator, {}, `${wechat} wxsim/1`)).text).toContain('wxsim')
  })

  it('is really 1.4 for a page that asks for it', async () => {
    const simulator = await simulate()
    const asked = [
      ['/simulator/jweixin.js', { version: '1.4.0' }],
      ['/open/js/jweixin-1.4.0.js', {}],
      ['/jweixin-1.4.js', {}],
    ] as const
    for (const [path, query] of asked) {
      const { text } = await call(simulator, path, query, { headers: { 'user-agent': 'Chrome' } })
      expect(text).toContain(published14)
      expect(text).not.toContain(published)
      expect(text).toContain('WeixinJSBridgeReady')
    }
  })

  it('says on the console that another version is 1.6', async () => {
    const simulator = await simulate()
    const { text } = await script(simulator, { version: '1.2.0' })
    expect(text).toContain(published)
    expect(text).toContain('[wxsim] the page asks for jweixin 1.2.0 and gets 1.6')
    expect((await script(simulator, { version: '1.6.0' })).text).not.toContain('the page asks for')
    expect((await script(simulator)).text).not.toContain('the page asks for')
  })

  it('is outside the history, which tells of calls to WeChat', async () => {
    const simulator = await simulate()
    await script(simulator)
    expect(simulator.history.entries).toEqual([])
  })
})
