import { describe, expect, it } from 'vitest'
import type { CheckResult } from '../../../src/cli/doctor/outcome.ts'
import { startTlsFront } from '../../support/tls-front.ts'
import { type Bench, doctorJson, startBench, startProxy } from './support.ts'

/** The AppID of a real account, for which no simulator stands in. */
const APP_ID = 'wx0123456789abcdef'

/** What the doctor says of the app, with an account whose WeChat can't be reached. */
async function examineApp(bench: Bench, url: string, publicUrl = '') {
  const { checks } = await doctorJson(['--url', url], {
    WECHAT_APP_ID: APP_ID,
    WECHAT_APP_SECRET: 'c0ffee00c0ffee00c0ffee00c0ffee02',
    WECHAT_API_BASE_URL: 'http://127.0.0.1:9',
    WECHAT_OPEN_BASE_URL: bench.wechat.url,
    WECHAT_PUBLIC_URL: publicUrl,
  })
  return Object.fromEntries(checks.map(result => [result.id, result])) as Record<
    CheckResult['id'],
    CheckResult
  >
}

describe('the doctor and the app of a real account', () => {
  it('finds a site without https', async () => {
    const bench = await startBench({ appId: APP_ID })
    const results = await examineApp(bench, bench.origin)
    expect(results.login.state).toBe('ok')
    expect(results['redirect-uri']).toMatchObject({
      state: 'fault',
      text: expect.stringContaining('not https'),
      remedy: expect.stringContaining('trust proxy'),
    })
    // No person logs in, and the cookie of the login has come back all the same.
    expect(results.cookies).toMatchObject({
      state: 'ok',
      text: expect.stringContaining('needs a person in WeChat'),
    })
  })

  it('finds a site behind a TLS proxy well, if the app trusts the proxy', async () => {
    const bench = await startBench({ appId: APP_ID, trustsProxy: true })
    const proxy = await startProxy(bench.origin, headers => {
      headers['x-forwarded-proto'] = 'https'
    })
    const { port } = await startTlsFront(Number(new URL(proxy).port))
    const url = `https://localhost:${port}`
    const results = await examineApp(bench, url, `${url}/wechat`)
    for (const id of ['public-url', 'login', 'redirect-uri', 'proxy-headers', 'cookies'] as const) {
      expect(results[id], id).toMatchObject({ state: 'ok' })
    }
  })

  it('finds an app with another public URL', async () => {
    const bench = await startBench({ appId: APP_ID, trustsProxy: true })
    const proxy = await startProxy(bench.origin, headers => {
      headers['x-forwarded-proto'] = 'https'
    })
    const { port } = await startTlsFront(Number(new URL(proxy).port))
    const results = await examineApp(bench, `https://localhost:${port}`, 'https://m.example.com/wechat')
    expect(results['redirect-uri']).toMatchObject({
      state: 'fault',
      text: expect.stringContaining('WECHAT_PUBLIC_URL at https://m.example.com'),
    })
  })

  it.each([
    ['another path', (origin: string) => `${origin}/h5/wechat`, '/h5/wechat/auth answers 404'],
    ['an app that is down', () => 'http://127.0.0.1:9', 'does not answer (ECONNREFUSED)'],
  ])('names %s', async (_name, urlOf, text) => {
    const bench = await startBench({ appId: APP_ID })
    const { login } = await examineApp(bench, urlOf(bench.origin))
    expect(login).toMatchObject({ state: 'fault', text: expect.stringContaining(text) })
    expect(login.remedy).toBeTruthy()
  })
})
