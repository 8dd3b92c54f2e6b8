import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, type Browser, createBrowser } from '../support/browser.ts'
import { type MigrationApps, startMigrationApps } from './migration-apps.ts'
import { readSamples, type Sample } from './samples.ts'

const samples = readSamples('docs/guides/migrating.md')
const packages = ['wechat-jssdk', 'co-wechat-api', 'passport-wechat', 'node-easywechat']

const run = promisify(execFile)
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.info('The back end in Python is not run: python3 is not on this machine.')

let folder: string
let simulator: RunningSimulator
let apps: MigrationApps

/** The one block with a label such as `old=wechat-jssdk`. */
function findSample(label: string): Sample {
  const found = samples.filter(({ labels }) => labels.includes(label))
  const [sample] = found
  if (!sample || found.length > 1) throw new Error(`${found.length} blocks are ${label}`)
  return sample
}

beforeAll(async () => {
  mkdirSync('artifacts', { recursive: true })
  folder = mkdtempSync(resolve('artifacts/migrating-'))
  simulator = await startSimulator()
  const labels = [...packages.flatMap(name => [`old=${name}`, `new=${name}`]), 'new=flask']
  apps = await startMigrationApps({
    folder,
    simulator,
    sources: Object.fromEntries(labels.map(label => [label, findSample(label).code])),
  })
})

afterAll(async () => {
  await apps.close()
  await simulator.close()
  rmSync(folder, { recursive: true })
})

/** Opens a page that requires a login, in a new browser, and consents on WeChat's page. */
async function logIn(browser: Browser, page: string): Promise<Answer> {
  const begun = await browser.follow(page)
  const authorize = begun.url
  expect(new URL(authorize).origin).toBe(new URL(simulator.url).origin)
  const callback = simulator.approve(authorize)
  if (callback === undefined) throw new Error(`no callback after ${authorize}`)
  return browser.follow(callback)
}

/** The signature that the account's ticket gives, by the platform's rule. */
function expectedSignature(noncestr: unknown, timestamp: unknown, url: string): string {
  const text = `jsapi_ticket=${simulator.currentJsapiTicket}&noncestr=${noncestr}&timestamp=${timestamp}&url=${url}`
  return createHash('sha1').update(text).digest('hex')
}

async function signByNewCode(origin: string, url: string): Promise<Record<string, unknown>> {
  // As `fetch` sends a string: without a type that a body parser would know.
  const headers = { 'content-type': 'text/plain;charset=UTF-8', accept: 'application/json' }
  const answer = await createBrowser().open(`${origin}/wechat/offiaccount/jssdk`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ url }),
  })
  return answer.json as Record<string, unknown>
}

// First, since it needs processes without a token.
describe('twenty signatures at once without a token', () => {
  const TOKENS = ['/cgi-bin/token', '/cgi-bin/stable_token']
  const countTokens = () => TOKENS.reduce((sum, path) => sum + simulator.history.count(path), 0)

  // So that no answer comes before the last question.
  beforeAll(() => {
    for (const path of TOKENS) simulator.faults.always(path, { delayMs: 300 })
  })
  afterAll(() => simulator.faults.clear())

  async function countCallsOf(sign: () => Promise<unknown>): Promise<number> {
    const before = countTokens()
    await Promise.all(Array.from({ length: 20 }, sign))
    return countTokens() - before
  }

  it.each(packages.filter(name => name !== 'passport-wechat'))('%s fetches many tokens', async name => {
    const address = `${apps.originOf(`old=${name}`)}/signature?url=${encodeURIComponent('https://m.example.com/')}`
    expect(await countCallsOf(() => createBrowser().open(address))).toBeGreaterThan(1)
  })

  it('express-wechat fetches one', async () => {
    const origin = apps.originOf('new=co-wechat-api')
    expect(await countCallsOf(() => signByNewCode(origin, `${origin}/`))).toBe(1)
  })
})

describe.each(packages)('the old and the new code of %s', name => {
  it('tell the same openid of the same person', async () => {
    const pages = [`old=${name}`, `new=${name}`].map(label => `${apps.originOf(label)}/me`)
    const [before, after] = await Promise.all(pages.map(page => logIn(createBrowser(), page)))
    expect(after?.json).toEqual(before?.json)
    expect(after?.json).toMatchObject({ openid: expect.stringMatching(/^osim_/) })
  })
})

describe.each(packages.filter(name => name !== 'passport-wechat'))('the old and the new code of %s', name => {
  it('sign a page by the same ticket', async () => {
    const origins = [apps.originOf(`old=${name}`), apps.originOf(`new=${name}`)] as const
    const [old, now] = origins.map(origin => `${origin}/page?a=1`) as [string, string]
    const before = (await createBrowser().open(`${origins[0]}/signature?url=${encodeURIComponent(old)}`))
      .json as Record<string, unknown>
    const after = await signByNewCode(origins[1], now)

    expect([before.appId, after.appid]).toEqual([simulator.appId, simulator.appId])
    expect(before.signature).toBe(expectedSignature(before.nonceStr, before.timestamp, old))
    expect(after.signature).toBe(expectedSignature(after.noncestr, after.timestamp, now))
  })
})

it.each(['co-wechat-api', 'node-easywechat'])(
  'the old and the new code of %s call an API alike',
  async name => {
    const [before, after] = await Promise.all(
      [`old=${name}`, `new=${name}`].map(label => createBrowser().open(`${apps.originOf(label)}/addresses`)),
    )
    expect(after?.json).toEqual(before?.json)
    expect(after?.json).toMatchObject({ ip_list: expect.any(Array) })
  },
)

it('the old and the new code of co-wechat-api give the same photograph', async () => {
  const data = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10])
  const mediaId = simulator.uploadMedia({ type: 'image', data })
  const paths = {
    'old=co-wechat-api': `/photos/${mediaId}`,
    'new=co-wechat-api': `/wechat/offiaccount/media?media_id=${mediaId}&format=binary`,
  }
  const answers = Object.entries(paths).map(async ([label, path]) => {
    const answer = await fetch(apps.originOf(label) + path)
    return [answer.headers.get('content-type'), Buffer.from(await answer.arrayBuffer())]
  })
  expect(await Promise.all(answers)).toEqual([
    ['image/jpeg', data],
    ['image/jpeg', data],
  ])
})

describe('two token managers at the same time', () => {
  it('do not disturb each other if one asks for stable tokens', async () => {
    const askBoth = async () => {
      for (const label of ['old=co-wechat-api', 'new=co-wechat-api']) {
        expect((await createBrowser().open(`${apps.originOf(label)}/addresses`)).status).toBe(200)
      }
    }
    const countFetches = () =>
      simulator.history.count('/cgi-bin/token') + simulator.history.count('/cgi-bin/stable_token')
    await askBoth()
    const fetches = countFetches()
    simulator.advance(6 * 60_000)
    await askBoth()
    expect(countFetches()).toBe(fetches)
  })

  it('invalidate each other within five minutes if both call /cgi-bin/token', async () => {
    const query = `grant_type=client_credential&appid=${simulator.appId}&secret=${simulator.appSecret}`
    const fetchToken = async () =>
      ((await (await fetch(`${simulator.url}/cgi-bin/token?${query}`)).json()) as { access_token: string })
        .access_token
    const isGood = async (token: string) => {
      const answer = await fetch(`${simulator.url}/cgi-bin/getcallbackip?access_token=${token}`)
      return !('errcode' in ((await answer.json()) as object))
    }
    const first = await fetchToken()
    const second = await fetchToken()
    expect([await isGood(first), await isGood(second)]).toEqual([true, true])
    simulator.advance(5 * 60_000 + 1_000)
    expect([await isGood(first), await isGood(second)]).toEqual([false, true])
  })
})

describe("the Flask service's pages and back ends, unchanged", () => {
  it('sign a page as the published sample does', async () => {
    const origin = apps.originOf('new=flask')
    const runPage = new Function(
      'fetch',
      'location',
      `return (async () => { ${findSample('page=flask').code}; return { url, appid, timestamp, noncestr, signature } })()`,
    )
    const href = `${origin}/page#/route`
    const signed = await runPage((path: string, init: RequestInit) => fetch(origin + path, init), { href })
    expect(signed).toMatchObject({ url: `${origin}/page`, appid: simulator.appId })
    expect(signed.signature).toBe(expectedSignature(signed.noncestr, signed.timestamp, signed.url))
  })

  it.skipIf(!hasPython)('ask who the person is and for what a page recorded', async () => {
    const origin = apps.originOf('new=flask')
    const browser = createBrowser()
    await logIn(browser, `${origin}/wechat/auth?state=${encodeURIComponent('/')}`)
    const cookie = await browser.jar.getCookieString(origin)
    const mediaId = simulator.uploadMedia({ type: 'image', data: Buffer.from([0xff, 0xd8, 0xff, 0xe0]) })
    const expected = { openid: expect.stringMatching(/^osim_/), type: 'image/jpeg', bytes: 4 }

    const script = join(folder, 'back-end.py')
    writeFileSync(script, findSample('back-end=flask').code)
    const { stdout } = await run('python3', [script, cookie, mediaId], {
      env: { ...process.env, WECHAT_BASE: `${origin}/wechat` },
    })
    expect(JSON.parse(stdout)).toEqual(expected)
  })
})
