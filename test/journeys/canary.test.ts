import { channel } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { isDeadTokenError, type TokenEventName, toErrorBody, uploadMedia, WechatError } from 'express-wechat'
import type { Fault } from 'express-wechat/simulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { AS_SCRIPT } from '../support/browser.ts'
import { approve, closeSites, type Site, startSite } from '../support/site.ts'

const SECRET = 'sim_CANARYsecret0123456789'
const SERVICE_KEY = 'CANARY-service-key-0123456789abcdef'
const UPLOAD = '/cgi-bin/media/upload'
const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0])
/** Longer than any pause of the manager after a failure. */
const COOLDOWN_MS = 600_000
const EVENTS: readonly TokenEventName[] = [
  'refresh',
  'refresh-failed',
  'fenced',
  'stale-served',
  'invalidated',
  'store-unavailable',
]
const ALL_FAILURES: readonly Fault[] = [
  'reset',
  { status: 500, body: 'oops' },
  { errcode: 40001 },
  'hang',
  'drip',
  'lost',
  'cut',
  'html',
  'empty',
  { json: {} },
  { errcode: -1 },
  { errcode: 45009 },
  { errcode: 99999 },
]
/** Express passes on what is thrown. How each failure becomes an error is the same on both majors. */
const FAILURES = process.env.EXPRESS_MAJOR === '4' ? ALL_FAILURES.slice(0, 3) : ALL_FAILURES

/** All that anybody can see: what was written, sent, thrown, told. */
const seen: string[] = []
/** All that nobody may see. */
const canaries = new Set<string>([SECRET, SERVICE_KEY])
let restore = () => {}

function look(value: unknown): void {
  seen.push(inspect(value, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null }))
  seen.push(String(JSON.stringify(value)), String(value))
  if (value instanceof Error) seen.push(String(value.stack), inspect(value.cause, { depth: null }))
}

function captureOutput(stream: NodeJS.WriteStream): () => void {
  const { write } = stream
  stream.write = (...[chunk]: unknown[]) => {
    seen.push(String(chunk))
    return true
  }
  return () => {
    stream.write = write
  }
}

beforeAll(async () => {
  const outputs = [captureOutput(process.stdout), captureOutput(process.stderr)]
  process.on('warning', look)
  const channels = [...EVENTS, 'request-failed'].map(name => channel(`express-wechat:${name}`))
  for (const one of channels) one.subscribe(look)
  restore = () => {
    for (const output of outputs) output()
    process.off('warning', look)
    for (const one of channels) one.unsubscribe(look)
  }
})

afterAll(async () => {
  restore()
  await closeSites()
})

interface WatchedSite extends Site {
  /** Lets the time pass in which the manager makes no call after a failure. */
  passCooldown(): void
}

async function startWatchedSite(): Promise<WatchedSite> {
  let leapMs = 0
  const clock = {
    wallMs: () => Date.now() + leapMs,
    monotonicMs: () => performance.now() + leapMs,
    async sleep(ms: number) {
      await new Promise(resolve => setTimeout(resolve, Math.min(ms, 20)))
      leapMs += ms
    },
  }
  const site = await startSite({
    simulator: { appSecret: SECRET, refusal: 'state-only' },
    manager: { timeoutMs: 300, clock },
    router: {
      serviceKeys: { shop: SERVICE_KEY },
      apiProxy: { allow: { shop: ['/cgi-bin/tags/get', UPLOAD] } },
      onError: (error, _req, res) => {
        look(error)
        res.status(error.status).json(toErrorBody(error))
      },
    },
    pages: app => {
      app.use(
        (error: unknown, _req: unknown, res: { status(code: number): { end(): void } }, _next: unknown) => {
          look(error)
          res.status(500).end()
        },
      )
    },
  })
  for (const event of EVENTS) site.tokenManager.on(event, look)
  look(site.tokenManager)
  const passCooldown = () => {
    leapMs += COOLDOWN_MS
  }
  return { ...site, passCooldown }
}

const WITH_KEY = { authorization: `Bearer ${SERVICE_KEY}`, accept: '*/*' }

let served = 0
/** What WeChat hands out, under names that can be found again; echoed in refusals as WeChat never should. */
function handOut(name: string, field: string, rest: object): Fault {
  return {
    handle(_req, res) {
      served += 1
      const value = `CANARY+${name}/${served}=`
      canaries.add(value)
      res.json({ ...rest, [field]: value })
    },
  }
}

function echo(...fields: readonly string[]): Fault {
  return {
    handle(req, res) {
      const url = new URL(req.originalUrl, 'http://localhost')
      const values = fields.map(field => url.searchParams.get(field) ?? SECRET)
      res.json({
        errcode: 40001,
        errmsg: `invalid ${values.join(' ')} ${encodeURIComponent(values.join(' '))}`,
      })
    },
  }
}

async function visitEverything(site: Site, page: string): Promise<void> {
  const browser = site.visitor()
  const answers = [
    await browser.open(`${site.base}/auth?state=${encodeURIComponent(page)}&scope=snsapi_userinfo`),
  ]
  const callback = approve(site.wechat, answers[0] ?? (await browser.open(site.base)))
  const code = new URL(callback).searchParams.get('code') ?? ''
  canaries.add(code)
  const body = JSON.stringify({ url: `${site.origin}/` })
  answers.push(
    await browser.open(callback, AS_SCRIPT),
    await browser.open(callback),
    await browser.open(`${callback}x`),
    await browser.open(`${site.base}/auth/user`, AS_SCRIPT),
    await browser.open(`${site.base}/auth/user/openid`, AS_SCRIPT),
    await browser.open(`${site.base}/offiaccount/user`, AS_SCRIPT),
    await browser.open(`${site.base}/offiaccount/jssdk`, { method: 'POST', body }),
    await browser.open(`${site.base}/offiaccount/media?media_id=abc`, AS_SCRIPT),
    await browser.open(`${site.base}/auth/logout`, { method: 'POST' }),
    await browser.open(`${site.base}/api/cgi-bin/tags/get`, { headers: WITH_KEY }),
    await browser.open(`${site.base}/api/cgi-bin/tags/get`, { method: 'POST', headers: WITH_KEY, body }),
    await browser.open(`${site.base}/api/cgi-bin/token`, { headers: WITH_KEY }),
  )
  for (const { headers, text, setCookies } of answers) {
    // Where it is sent back to is WeChat's own address, and holds the state alone.
    seen.push(JSON.stringify(headers), text, setCookies.join())
  }
  look(await site.tokenManager.request('/cgi-bin/tags/get').catch((error: unknown) => error))
  look(await uploadMedia(site.tokenManager, JPEG, { type: 'image' }).catch((error: unknown) => error))
  look(
    await site.tokenManager.getAccessToken().then(
      () => 'a token',
      (error: unknown) => error,
    ),
  )
}

it('no secret, token, ticket or code is in anything that anybody can see, whatever fails', async () => {
  const tokens = { expires_in: 7200 }
  const grant = {
    expires_in: 7200,
    refresh_token: 'CANARY-refresh',
    openid: 'osim_person',
    scope: 'snsapi_userinfo',
  }
  canaries.add('CANARY-refresh')
  const calm = ({ wechat: { faults } }: Site) => {
    faults.clear()
    faults.always('/cgi-bin/stable_token', handOut('token', 'access_token', tokens))
    faults.always('/cgi-bin/ticket/getticket', handOut('ticket', 'ticket', tokens))
    faults.always('/sns/oauth2/access_token', handOut('user', 'access_token', grant))
    faults.always('/sns/userinfo', { json: { openid: 'osim_person', nickname: 'somebody' } })
    faults.always('/cgi-bin/user/info', { json: { openid: 'osim_person', subscribe: 1 } })
    faults.always('/cgi-bin/media/get', { text: 'bytes', contentType: 'image/jpeg' })
    faults.always('/cgi-bin/tags/get', { json: { tags: [] } })
    faults.always(UPLOAD, { json: { media_id: 'abc', created_at: 1_700_000_000 } })
  }
  async function failAt(paths: readonly string[], fields: readonly string[]): Promise<void> {
    const site = await startWatchedSite()
    const { faults, history } = site.wechat
    for (const fault of [...FAILURES, echo(...fields)]) {
      calm(site)
      history.clear()
      for (const path of paths) faults.always(path, fault)
      if (paths.includes('/sns/oauth2/refresh_token')) faults.next('/sns/userinfo', { errcode: 42001 })
      const token = await site.tokenManager.getAccessToken().catch(() => '')
      if (token !== '') await site.tokenManager.invalidate(token)
      await visitEverything(site, '/failing')
      for (const path of paths) {
        expect(history.count(path), `calls of ${path}, which was to fail`).toBeGreaterThan(0)
      }
      site.passCooldown()
    }
  }

  const site = await startWatchedSite()
  calm(site)
  await visitEverything(site, '/calm')

  const places = [
    [['/cgi-bin/stable_token'], ['secret']],
    [['/sns/oauth2/access_token'], ['secret', 'code']],
    [['/sns/oauth2/refresh_token'], ['refresh_token']],
    // Each of them is called by an endpoint of its own, so that they can fail together.
    [
      [
        ...['/cgi-bin/ticket/getticket', '/sns/userinfo', '/cgi-bin/user/info', '/cgi-bin/media/get'],
        ...['/cgi-bin/tags/get', UPLOAD],
      ],
      ['access_token'],
    ],
  ] as const
  // Most of the time is waiting for limits, so the places of failure wait side by side.
  await Promise.all(places.map(([paths, fields]) => failAt(paths, fields)))

  expect(canaries.size).toBeGreaterThan(50)
  expect(seen.length).toBeGreaterThan(1_000)
  const everything = seen.join('\n')
  const spellings = [...canaries].flatMap(canary => [canary, encodeURIComponent(canary)])
  expect(spellings.filter(spelling => everything.includes(spelling))).toEqual([])
}, 120_000)

it('the search finds what it is meant to find', () => {
  expect(isDeadTokenError(new WechatError('x', { code: 'x', status: 500 }))).toBe(false)
  const leaky = new Error('outer', { cause: new Error(`?secret=${SECRET}`) })
  const before = seen.length
  look(leaky)
  expect(seen.slice(before).join()).toContain(SECRET)
})
