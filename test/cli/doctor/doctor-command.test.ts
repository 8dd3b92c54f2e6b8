import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { accessTokenRouter, createTokenManager } from 'express-wechat'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkIds } from '../../../src/cli/doctor/check-ids.ts'
import { checks } from '../../../src/cli/doctor/run-doctor.ts'
import { en } from '../../../src/cli/doctor/texts/en.ts'
import { getTexts, readLanguage } from '../../../src/cli/doctor/texts/texts.ts'
import { listen } from '../../support/listen.ts'
import { ended, useBuiltCli } from '../support.ts'
import { type Bench, doctor, doctorJson, secretsOf, startBench } from './support.ts'

const cli = useBuiltCli()

describe('the command line of the doctor', () => {
  it('prints its usage, and how many calls it makes', async () => {
    const { code, text } = await doctor(['--help'])
    expect(code).toBe(0)
    expect(text).toMatch(/--env-file FILE.*seven calls|seven calls.*--env-file FILE/s)
  })

  it.each([
    [['--doktor'], '--doktor'],
    [['--lang', 'fr'], '--lang must be zh or en, got "fr"'],
    [['--url', 'm.example.com'], '--url must be an address'],
    [['--url', 'https://user:password@m.example.com'], '--url must be an address'],
    [['--login-path', 'auth'], '--login-path must be a path'],
    [['--verify-file', '../.env'], '--verify-file must be a name'],
    [['--env-file', '/nowhere/.env'], '--env-file can not be read: /nowhere/.env'],
    [['surplus'], 'surplus'],
  ])('ends with 2 for %j', async (args, message) => {
    const { code, text } = await doctor(args)
    expect(code).toBe(2)
    expect(text).toContain(message)
    expect(text).not.toContain('password')
  })

  it.each([
    [{ LANG: 'zh_CN.UTF-8' }, 'zh'],
    [{ LC_ALL: 'zh-Hans', LANG: 'en_US.UTF-8' }, 'zh'],
    [{ LC_ALL: '', LANG: 'zh' }, 'zh'],
    [{ LANG: 'en_US.UTF-8' }, 'en'],
    [{ LANG: 'zhuang' }, 'en'],
    [{}, 'en'],
  ])('takes the language of %j for %s', (environment, language) => {
    expect(readLanguage(environment)).toBe(language)
  })
})

describe('the report', () => {
  it('has the documented keys, and every check in its order', async () => {
    const bench = await startBench()
    const report = await doctorJson(bench.args, bench.environment)
    expect(Object.keys(report)).toEqual([
      ...['version', 'lang', 'appId', 'healthy', 'wechatCalls', 'checks'],
      'code',
    ])
    expect(report).toMatchObject({ version: 1, lang: 'en', appId: bench.wechat.appId })
    expect(report.checks.map(({ id }) => id)).toEqual(checkIds)
    expect(checks.map(({ id }) => id)).toEqual(checkIds)
    for (const check of report.checks) {
      expect(check).toEqual({
        id: check.id,
        state: expect.stringMatching(/^(?:ok|skipped)$/),
        text: expect.any(String),
      })
    }
  })

  it('says how many calls it made, which WeChat counts too', async () => {
    const bench = await startBench()
    const { wechatCalls } = await doctorJson([], bench.environment)
    const counted = bench.wechat.history.entries.filter(({ path }) => path.startsWith('/cgi-bin/'))
    expect(wechatCalls).toBe(7)
    expect(counted).toHaveLength(7)
  })

  it('for people shows each check while it runs, and what was not checked', async () => {
    const bench = await startBench()
    const { code, text, progress } = await doctor([], { ...bench.environment, LANG: 'zh_CN.UTF-8' })
    expect(code).toBe(0)
    expect(text).toContain('一切正常')
    expect(text).toContain('– Redis、Redis 内存策略、Redis 持久化、Redis 延迟：需要 REDIS_URL')
    expect(progress).toContain('  … 正在检查 jsapi_ticket')
    expect(progress.at(-1)).toBe('')
  })

  it('says the same checks in both languages, each text in its own', () => {
    const leaves = (value: unknown, path = ''): string[] =>
      typeof value === 'object' && value !== null
        ? Object.entries(value).flatMap(([key, inside]) => leaves(inside, `${path}.${key}`))
        : [path]
    expect(leaves(getTexts('zh'))).toEqual(leaves(en))
  })
})

describe('the doctor does no harm', () => {
  it('to the token of stable mode: it asks for the one that all share', async () => {
    const bench = await startBench()
    await doctorJson([], bench.environment)
    const [first] = bench.wechat.currentAccessTokens
    await doctorJson([], bench.environment)
    expect(bench.wechat.currentAccessTokens).toEqual([first])
    expect(bench.wechat.history.entries.some(({ path }) => path === '/cgi-bin/token')).toBe(false)
  })

  it('to the running token of legacy mode', async () => {
    const bench = await startBench()
    const running = await fetchLegacyToken(bench)
    const { checks, code } = await doctorJson([], { ...bench.environment, WECHAT_TOKEN_MODE: 'legacy' })
    bench.wechat.advance(6 * 60_000)
    expect(bench.wechat.currentAccessTokens).toContain(running)
    expect(code).toBe(0)
    expect(checks.find(({ id }) => id === 'token-mode')).toMatchObject({
      state: 'ok',
      text: expect.stringContaining('the running token was not touched'),
    })
  })

  it('replaces the token of legacy mode only if it is allowed to, and says so', async () => {
    const bench = await startBench()
    const running = await fetchLegacyToken(bench)
    const args = ['--allow-token-refresh']
    const { checks } = await doctorJson(args, { ...bench.environment, WECHAT_TOKEN_MODE: 'legacy' })
    bench.wechat.advance(6 * 60_000)
    expect(bench.wechat.currentAccessTokens).not.toContain(running)
    expect(checks.find(({ id }) => id === 'token')).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('five more minutes'),
    })
  })

  it('takes other software with tokens of its own for well if it is told so', async () => {
    const bench = await startBench()
    await fetchLegacyToken(bench)
    const { code } = await doctorJson(['--allow-legacy-software'], bench.environment)
    expect(code).toBe(0)
  })
})

describe('variables', () => {
  it('come from --env-file, and before that from the environment', async () => {
    const bench = await startBench()
    const file = writeEnvFile(
      Object.entries({ ...bench.wechat.env, WECHAT_APP_ID: 'wxsimfile' })
        .map(([name, value]) => `${name}="${value}"`)
        .join('\n'),
    )
    const fromFile = await doctorJson(['--env-file', file])
    expect([fromFile.appId, fromFile.code]).toEqual(['wxsimfile', 1])
    const overridden = await doctorJson(['--env-file', file], { WECHAT_APP_ID: bench.wechat.appId })
    expect([overridden.appId, overridden.code]).toEqual([bench.wechat.appId, 0])
  })

  it.each([
    [{}, ['app-id', 'app-secret']],
    [{ WECHAT_APP_ID: '"wx0123456789abcdef"', WECHAT_APP_SECRET: 'a'.repeat(32) }, ['app-id']],
    [{ WECHAT_APP_ID: 'wx0123456789abcdef', WECHAT_APP_SECRET: ' short' }, ['app-secret']],
    [{ ...secretful(), WECHAT_TOKEN_MODE: 'both' }, ['settings']],
    [{ ...secretful(), WECHAT_API_BASE_URL: 'http://192.0.2.1' }, ['settings']],
    [{ ...secretful(), WECHAT_TOKEN_SOURCE_URL: 'https://gateway.example' }, ['settings']],
  ])('of %j are judged by their form, without a call', async (environment, faulty) => {
    const offline = { WECHAT_API_BASE_URL: 'http://127.0.0.1:9', ...environment }
    const report = await doctorJson([], offline)
    const ids = report.checks.filter(({ state }) => state === 'fault').map(({ id }) => id)
    expect(ids.filter(id => id !== 'token')).toEqual(faulty)
  })

  it('are never shown if they hold a secret, also in the wrong place', async () => {
    const password = 'p4ssword-of-the-doctor'
    // It is in no other variable, so that it is not hidden because of that.
    const otherPassword = 'p4ssword-of-the-site'
    const secret = 'c0ffee00c0ffee00c0ffee00c0ffee00'
    const environment = {
      WECHAT_APP_ID: secret,
      WECHAT_APP_SECRET: secret,
      WECHAT_API_BASE_URL: 'http://127.0.0.1:9',
      WECHAT_PUBLIC_URL: `https://user:${otherPassword}@m.example.com/wechat`,
      WECHAT_PROXY_URL: `http://user:${password}@127.0.0.1:9`,
      REDIS_URL: `redis://user:${password}@127.0.0.1:9`,
    }
    const args = ['--verify-file', 'MP_verify_Ab12Cd34Ef56Gh78.txt']
    for (const more of [[], ['--json'], ['--lang', 'zh']]) {
      const { code, text } = await doctor([...args, ...more], environment)
      expect(code).toBe(1)
      for (const hidden of [password, otherPassword, secret]) expect(text).not.toContain(hidden)
    }
  })

  it('that lead to no WeChat are a fault with a remedy', async () => {
    const environment = {
      ...secretful(),
      WECHAT_API_BASE_URL: 'http://127.0.0.1:9',
      WECHAT_OPEN_BASE_URL: 'http://127.0.0.1:9',
      WECHAT_PUBLIC_URL: 'https://m.example.com/wechat',
    }
    const { checks, code, wechatCalls } = await doctorJson([], environment)
    expect([code, wechatCalls]).toEqual([1, 0])
    expect(checks.filter(({ state }) => state === 'fault').map(({ id }) => id)).toEqual(['token'])
    expect(checks.find(({ id }) => id === 'token')).toMatchObject({
      state: 'fault',
      text: expect.stringContaining('cannot reach 127.0.0.1:9'),
      remedy: expect.stringContaining('WECHAT_PROXY_URL'),
    })
  })
})

it('checks a server whose token comes from a gateway by ordinary calls', async () => {
  const bench = await startBench()
  const gateway = await startGateway(bench)
  const { environment } = gateway
  const well = await doctorJson([], environment)
  expect(well.code).toBe(0)
  expect(well.checks.find(({ id }) => id === 'app-secret')?.state).toBe('skipped')
  expect(well.checks.find(({ id }) => id === 'ticket')?.state).toBe('ok')

  bench.wechat.configure({ ipWhitelist: ['203.0.113.9'] })
  const { text, code } = await doctor([], environment)
  expect(code).toBe(1)
  expect(text).toContain('IP whitelist, ordinary call (FAULT)')
  for (const secret of [...secretsOf(bench), gateway.serviceKey]) expect(text).not.toContain(secret)
})

it('finds a token of the gateway that other software has replaced', async () => {
  const bench = await startBench()
  const gateway = await startGateway(bench)
  const { environment } = gateway
  await doctorJson([], environment)
  bench.wechat.revokeAccessToken()
  const { checks } = await doctorJson([], environment)
  const faults = checks.filter(({ state }) => state === 'fault')
  expect(faults).toMatchObject([
    { id: 'ordinary-call', errcode: 40001, remedy: expect.stringContaining('find the other software') },
  ])
})

it('warns only, and goes on, if the account may not call the one API that it asks first', async () => {
  const bench = await startBench()
  bench.wechat.faults.always('/cgi-bin/get_api_domain_ip', { errcode: 48_001 })
  const { checks, code } = await doctorJson([], bench.environment)
  expect(code).toBe(0)
  expect(checks.find(({ id }) => id === 'ordinary-call')?.state).toBe('warning')
  expect(checks.find(({ id }) => id === 'ticket')?.state).toBe('ok')
})

it('hides a secret that WeChat repeats', async () => {
  const bench = await startBench()
  const { appSecret } = bench.wechat
  bench.wechat.faults.always('/cgi-bin/get_api_domain_ip', { errcode: 99_999, errmsg: `echo ${appSecret}` })
  const { text } = await doctor([], bench.environment)
  expect(text).toContain('echo [REDACTED]')
  expect(text).not.toContain(appSecret)
})

it('runs as a program, with the exit code of its findings', async () => {
  const bench = await startBench()
  bench.wechat.configure({ ipWhitelist: ['203.0.113.9'] })
  const { child, said } = cli.start(['doctor', '--lang', 'zh'], { ...bench.wechat.env })
  expect((await ended(child)).code).toBe(1)
  expect(said.stdout).toContain('✗ IP 白名单（获取 token）（故障）')
  expect(said.stderr).toBe('')
  for (const secret of secretsOf(bench)) expect(said.stdout).not.toContain(secret)
})

it('is a command of the program, which says its usage for a mistake', async () => {
  const { child, said } = cli.start(['doctor', '--lang', 'fr'])
  expect((await ended(child)).code).toBe(2)
  expect(said.stderr).toContain('express-wechat doctor [options]')
})

async function startGateway({ wechat }: Bench) {
  const serviceKey = 'a-service-key-of-the-tests-of-the-doctor'
  const tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
  const app = express()
  app.use('/wechat/token', accessTokenRouter({ tokenManager, serviceKeys: { doctor: serviceKey } }))
  const { origin, close } = await listen(app)
  onTestFinished(async () => {
    await Promise.all([close(), tokenManager.close()])
  })
  return {
    serviceKey,
    environment: {
      WECHAT_APP_ID: wechat.appId,
      WECHAT_API_BASE_URL: wechat.url,
      WECHAT_OPEN_BASE_URL: wechat.url,
      WECHAT_TOKEN_SOURCE_URL: `${origin}/wechat`,
      WECHAT_TOKEN_SOURCE_KEY: serviceKey,
    },
  }
}

function secretful() {
  return { WECHAT_APP_ID: 'wx0123456789abcdef', WECHAT_APP_SECRET: 'c0ffee00c0ffee00c0ffee00c0ffee01' }
}

async function fetchLegacyToken({ wechat }: Bench): Promise<string> {
  const query = { grant_type: 'client_credential', appid: wechat.appId, secret: wechat.appSecret }
  const answer = await fetch(`${wechat.url}/cgi-bin/token?${new URLSearchParams(query)}`)
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}

function writeEnvFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'doctor-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, '.env')
  writeFileSync(file, text)
  return file
}
