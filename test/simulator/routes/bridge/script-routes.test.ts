import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { call, simulate } from '../../support.js'

const published = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')
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
    for (const profile of ['android', 'ios', 'desktop']) {
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

  it('is outside the history, which tells of calls to WeChat', async () => {
    const simulator = await simulate()
    await script(simulator)
    expect(simulator.history.entries).toEqual([])
  })
})
