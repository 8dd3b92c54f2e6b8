import { describe, expect, it } from 'vitest'
import type { CheckId } from '../../../src/cli/doctor/check-ids.ts'
import { startTlsFront } from '../../support/tls-front.ts'
import {
  type Bench,
  type BenchSetup,
  doctor,
  doctorJson,
  secretsOf,
  startBench,
  startProxy,
} from './support.ts'

interface Fault {
  name: string
  /** The check that must find it. */
  id: CheckId
  errcode?: number
  /** Other checks that fail for the same reason. */
  also?: CheckId[]
  /** What the text must say. */
  text?: string
  /** What the remedy must say, in both languages or in each. */
  remedy: string | { en: string; zh: string }
  setup?: BenchSetup
  plant?: (bench: Bench) => void | Promise<void>
  environment?: (bench: Bench) => NodeJS.ProcessEnv
  args?: (bench: Bench) => string[] | Promise<string[]>
}

const KEY_PAGE = '微信开发者平台 > 我的业务 > 公众号/服务号 > 基础信息 > 开发密钥'
const elsewhere = { ipWhitelist: ['203.0.113.9'] }
const elevenMinutesMs = 11 * 60_000

const faults: Fault[] = [
  {
    name: 'wrong id',
    id: 'app-id',
    errcode: 40013,
    // The app has another one.
    also: ['login'],
    remedy: 'WECHAT_APP_ID',
    environment: () => ({ WECHAT_APP_ID: 'wxsim0000000000000' }),
  },
  {
    name: 'wrong secret',
    id: 'app-secret',
    errcode: 40125,
    remedy: KEY_PAGE,
    environment: () => ({ WECHAT_APP_SECRET: `sim_${'0'.repeat(32)}` }),
  },
  {
    name: '40164 on the token call',
    id: 'ip-whitelist',
    errcode: 40164,
    remedy: { en: `127.0.0.1: add this server's address`, zh: '要添加的 IP 是 127.0.0.1' },
    plant: ({ wechat }) => wechat.configure(elsewhere),
  },
  {
    name: '40164 on an ordinary call only',
    id: 'ordinary-call',
    errcode: 40164,
    remedy: { en: `127.0.0.1: add this server's address`, zh: '要添加的 IP 是 127.0.0.1' },
    plant: ({ wechat }) => wechat.configure({ ...elsewhere, ipWhitelistScope: 'token-calls' }),
  },
  {
    name: 'frozen secret',
    id: 'secret-frozen',
    // A freeze takes ten minutes of the simulated clock.
    also: ['clock'],
    errcode: 40243,
    remedy: KEY_PAGE,
    plant: ({ wechat }) => {
      wechat.freezeAppSecret()
      wechat.advance(10 * 60_000)
    },
  },
  {
    name: 'confirmation by the administrator',
    id: 'administrator',
    errcode: 89503,
    remedy: { en: 'the administrator confirms it', zh: '请管理员确认' },
    plant: ({ wechat }) => wechat.configure({ newCallers: 'need-confirmation' }),
  },
  {
    name: 'legacy beside stable',
    id: 'token-mode',
    remedy: 'stable_token',
    plant: async ({ wechat }) => {
      const query = { grant_type: 'client_credential', appid: wechat.appId, secret: wechat.appSecret }
      await fetch(`${wechat.url}/cgi-bin/token?${new URLSearchParams(query)}`)
    },
  },
  {
    name: 'quota 0',
    id: 'quota',
    remedy: '微信开发者平台 > 接口管理',
    plant: ({ wechat }) => wechat.configure({ dailyLimits: { '/cgi-bin/media/get': 0 } }),
  },
  {
    name: 'quota 0 of the token call',
    id: 'quota',
    errcode: 45009,
    remedy: '微信开发者平台 > 接口管理',
    plant: ({ wechat }) => wechat.configure({ dailyLimits: { '/cgi-bin/stable_token': 0 } }),
  },
  {
    name: 'ticket refused',
    id: 'ticket',
    errcode: 48001,
    remedy: '微信开发者平台 > 接口管理',
    plant: ({ wechat }) => wechat.faults.always('/cgi-bin/ticket/getticket', { errcode: 48001 }),
  },
  {
    name: 'redirect domain',
    id: 'redirect-domain',
    remedy: 'mp.weixin.qq.com > 功能设置 > 网页授权域名',
    plant: ({ wechat }) => wechat.configure({ oauthDomains: ['m.example.com'] }),
  },
  {
    name: 'MP_verify missing',
    id: 'verify-file',
    remedy: 'domainVerificationHandler',
    text: '404',
    setup: { hasVerifyFile: false },
  },
  {
    name: 'MP_verify hidden by a single-page app',
    id: 'verify-file',
    remedy: 'domainVerificationHandler',
    setup: {
      hasVerifyFile: false,
      pages: app => void app.use((_req, res) => void res.send('<!doctype html><div id="app"></div>')),
    },
  },
  {
    name: 'cookie lost by WeChat',
    id: 'cookies',
    remedy: 'WECHAT_PUBLIC_URL',
    plant: ({ wechat }) => wechat.configure({ cookieLoss: 'always' }),
  },
  {
    name: 'cookie lost by a proxy',
    id: 'cookies',
    remedy: 'Cookie',
    args: async ({ origin }) => ['--url', await startProxy(origin, headers => delete headers.cookie)],
    environment: () => ({ WECHAT_PUBLIC_URL: '' }),
  },
  {
    name: 'session cookie of another domain',
    id: 'cookies',
    remedy: 'express-session',
    setup: { cookie: { domain: 'm.example.com' } },
  },
  {
    name: 'session cookie that WeChat’s redirect does not bring',
    id: 'cookies',
    remedy: 'sameSite',
    setup: { cookie: { sameSite: 'strict' } },
  },
  {
    name: 'proxy headers: the host',
    id: 'proxy-headers',
    remedy: 'X-Forwarded-Host',
    args: async ({ origin }) => {
      const rewrite = (headers: Record<string, unknown>) => {
        headers.host = new URL(origin).host
      }
      return ['--url', await startProxy(origin, rewrite)]
    },
    environment: () => ({ WECHAT_PUBLIC_URL: '' }),
  },
  {
    name: 'proxy headers: the scheme',
    id: 'proxy-headers',
    remedy: 'X-Forwarded-Proto',
    args: async ({ origin }) => {
      const { port } = await startTlsFront(Number(new URL(origin).port))
      return ['--url', `https://localhost:${port}`]
    },
    environment: () => ({ WECHAT_PUBLIC_URL: '' }),
  },
  {
    name: 'proxy headers: the scheme, with a secure cookie',
    id: 'login',
    remedy: 'X-Forwarded-Proto',
    text: '500',
    setup: { cookie: { secure: true } },
    args: async ({ origin }) => {
      const { port } = await startTlsFront(Number(new URL(origin).port))
      return ['--url', `https://localhost:${port}`]
    },
    environment: () => ({ WECHAT_PUBLIC_URL: '' }),
  },
  {
    name: 'clock 11 minutes behind',
    id: 'clock',
    remedy: 'timedatectl',
    plant: ({ wechat }) => wechat.advance(elevenMinutesMs),
  },
]

describe.each(['en', 'zh'] as const)('the doctor, in %s', lang => {
  it.each(faults.map(fault => [fault.name, fault] as const))(
    'finds %s and says the remedy',
    async (_name, fault) => {
      const bench = await startBench(fault.setup)
      await fault.plant?.(bench)
      const environment = { ...bench.environment, ...fault.environment?.(bench) }
      const args = fault.args ? await fault.args(bench) : bench.args

      const report = await doctorJson([...args, '--lang', lang], environment)
      const found = report.checks.find(({ id }) => id === fault.id)
      expect(report.code).toBe(1)
      expect(report.healthy).toBe(false)
      const ids = report.checks.filter(({ state }) => state === 'fault').map(({ id }) => id)
      expect(ids).toEqual([fault.id, ...(fault.also ?? [])])
      expect(found?.state, JSON.stringify(report.checks)).toBe('fault')
      expect(found?.errcode).toBe(fault.errcode)
      expect(found?.text).toContain(fault.text ?? '')
      expect(found?.remedy).toContain(typeof fault.remedy === 'string' ? fault.remedy : fault.remedy[lang])
      for (const secret of secretsOf(bench)) expect(JSON.stringify(report)).not.toContain(secret)
    },
  )
})

it('finds nothing else than what was planted: a healthy set-up is well', async () => {
  const bench = await startBench()
  const { checks, code, healthy } = await doctorJson(bench.args, bench.environment)
  const notWell = checks.filter(({ id, state }) => state !== 'ok' && !id.startsWith('redis'))
  expect(notWell).toEqual([])
  expect([code, healthy]).toEqual([0, true])
})

it.each(['en', 'zh'] as const)('names the fault, the remedy and no secret for people, in %s', async lang => {
  const bench = await startBench()
  bench.wechat.configure({ ipWhitelist: ['203.0.113.9'], ipWhitelistScope: 'token-calls' })
  const { text, code } = await doctor([...bench.args, '--lang', lang], bench.environment)
  expect(code).toBe(1)
  expect(text).toContain(
    lang === 'en' ? 'IP whitelist, ordinary call (FAULT)' : 'IP 白名单（普通接口）（故障）',
  )
  expect(text).toContain(lang === 'en' ? 'What to do:' : '解决办法：')
  for (const secret of secretsOf(bench)) expect(text).not.toContain(secret)
})

it('finds a clock that is 11 minutes ahead', async () => {
  const bench = await startBench()
  const { checks } = await doctorJson([], bench.environment, () => Date.now() + elevenMinutesMs)
  expect(checks.find(({ id }) => id === 'clock')).toMatchObject({
    state: 'fault',
    text: expect.stringContaining('11 minutes ahead'),
  })
})
