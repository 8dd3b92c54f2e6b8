import { readFileSync } from 'node:fs'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBrowser } from '../../support/browser.ts'
import { canRunNginx, type Nginx, startNginxServers } from '../../support/nginx.ts'
import { useExamples } from '../support/use-examples.ts'

const HOST = 'm.example.com'

describe.skipIf(!canRunNginx)('examples/nginx.conf before examples/behind-nginx.ts', () => {
  let wechat: RunningSimulator
  let nginx: Nginx
  const startExample = useExamples()
  beforeAll(async () => {
    wechat = await startSimulator({ oauthDomains: [HOST] })
    wechat.configure({ autoApprove: true })
    const WECHAT_PUBLIC_URL = `https://${HOST}/wechat`
    const app = await startExample('behind-nginx.ts', { ...wechat.env, WECHAT_PUBLIC_URL })
    nginx = await startNginxServers(({ ports, certificate, key }) =>
      replaceEach(readFileSync('examples/nginx.conf', 'utf8'), {
        'listen 80;': `listen 127.0.0.1:${ports.http};`,
        'listen 443 ssl;': `listen 127.0.0.1:${ports.https} ssl;`,
        [`/etc/nginx/${HOST}.pem`]: certificate,
        [`/etc/nginx/${HOST}.key`]: key,
        'http://127.0.0.1:3000': app,
      }),
    )
  })
  afterAll(async () => {
    await Promise.all([nginx?.close(), wechat?.close()])
  })

  const openBrowser = () =>
    createBrowser({
      [`http://${HOST}`]: `http://127.0.0.1:${nginx.ports.http}`,
      [`https://${HOST}`]: `https://127.0.0.1:${nginx.ports.https}`,
    })

  it('logs a person in who typed the address without https, by a cookie for https alone', async () => {
    const browser = openBrowser()
    expect(await browser.open(`http://${HOST}/`)).toMatchObject({ status: 301, location: `https://${HOST}/` })
    const answer = await browser.follow(`https://${HOST}/`)
    expect(answer.json).toEqual({ openid: wechat.people.list()[0]?.openid, ip: '127.0.0.1' })
    const cookies = await browser.jar.getCookies(`https://${HOST}/`)
    expect(cookies.find(({ key }) => key === '__Host-sid')?.secure).toBe(true)
  })

  it('keeps login codes out of the log of nginx', async () => {
    const { hops } = await openBrowser().follow(`https://${HOST}/`)
    const code = hops.map(hop => new URL(hop).searchParams.get('code')).find(found => found !== null)
    expect(code).toMatch(/\w/)
    expect(nginx.readAccessLog()).toContain('GET /wechat/auth?')
    expect(nginx.readAccessLog()).not.toContain(code)
  })
})

function replaceEach(text: string, replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`there is no "${from}"`)
    return changed.replaceAll(from, to)
  }, text)
}
