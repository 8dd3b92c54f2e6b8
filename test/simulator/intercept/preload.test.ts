import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parseCommandLine } from '../../../src/cli/simulator/command-line.ts'
import { atSimulator, isWechatHost } from '../../../src/simulator/intercept/wechat-hosts.ts'

const apps = resolve('test/fixtures/apps')
const running = new Set<ChildProcess>()
const folders: string[] = []

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  running.clear()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** Starts an app as its developer would, and gives its address. */
async function startApp(
  app: string,
  options: readonly string[],
  command: readonly string[],
): Promise<string> {
  const cache = mkdtempSync(join(tmpdir(), 'wechat-preload-'))
  folders.push(cache)
  const child = spawn(process.execPath, [resolve('dist/cli.js'), 'simulator', ...options, '--', ...command], {
    cwd: join(apps, app),
    env: { ...process.env, NODE_ENV: 'development', VITE_CACHE: cache },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let said = ''
  child.stderr.on('data', text => {
    said += text
  })
  for await (const text of child.stdout) {
    said += text
    const port = /listening on (\d+)/.exec(said)?.[1]
    if (port) return `http://127.0.0.1:${port}`
  }
  throw new Error(`the app ended: ${said}`)
}

describe('an Express and Vite app that uses nothing of this project', () => {
  const options = ['--as', 'lin-xiaoyu', '--env', 'MY_APPID=app-id', '--env', 'MY_SECRET=app-secret']

  it('logs people in, signs pages and serves the bridge, unchanged', { timeout: 120_000 }, async () => {
    const app = await startApp('express-and-vite', options, ['npm', 'run', '--silent', 'dev'])

    const login = await fetch(`${app}/login`, { redirect: 'manual' })
    expect(login.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/connect\/oauth2\/authorize\?/)

    // The simulator answers at once as the chosen person, and leads back to the app.
    const user = (await (await fetch(`${app}/login`)).json()) as Record<string, unknown>
    expect(user).toMatchObject({ openid: expect.stringMatching(/^osim_/), nickname: '林晓雨' })

    const signed = await fetch(`${app}/signature?url=${encodeURIComponent('http://127.0.0.1/a?b=1')}`)
    expect(await signed.json()).toEqual({ signature: expect.stringMatching(/^[0-9a-f]{40}$/) })

    const page = await (await fetch(`${app}/`)).text()
    expect(page).toMatch(/<script src="http:\/\/127\.0\.0\.1:\d+\/simulator\/jweixin\.js(?:\?_*)?">/)
    expect(page).toContain('<title>页面</title>')
    expect(page).not.toContain('res.wx.qq.com')
  })
})

describe('a command behind npm', () => {
  it('ends with the simulator, its last process included', { timeout: 120_000 }, async () => {
    const options = ['--env', 'MY_APPID=app-id', '--env', 'MY_SECRET=app-secret']
    const app = await startApp('express-and-vite', options, ['npm', 'run', '--silent', 'dev'])
    expect((await fetch(app)).ok).toBe(true)
    const [child] = running
    child?.kill('SIGTERM')
    await expect.poll(() => fetch(app).catch(() => 'gone'), { timeout: 30_000 }).toBe('gone')
  })
})

describe('an app on a published SDK', () => {
  it('gets its ticket and its answers from the simulator, unchanged', { timeout: 120_000 }, async () => {
    const options = ['--env', 'WX_ID=app-id', '--env', 'WX_SECRET=app-secret']
    const app = await startApp('published-sdk', options, ['node', 'server.js'])
    const answer = (await (await fetch(app)).json()) as Record<string, unknown>
    expect(answer).toMatchObject({ hasTicket: true, ips: expect.any(Array) })
  })
})

describe('the addresses that are rerouted', () => {
  const simulator = 'http://127.0.0.1:4000'

  it.each([
    ['https://api.weixin.qq.com/cgi-bin/token?a=b#c', `${simulator}/cgi-bin/token?a=b#c`],
    ['http://api2.weixin.qq.com', simulator],
    [
      'https://OPEN.weixin.qq.com/connect?x=https://api.weixin.qq.com/',
      `${simulator}/connect?x=https://api.weixin.qq.com/`,
    ],
  ])('%s is WeChat', (address, expected) => {
    expect(atSimulator(address, simulator)).toBe(expected)
  })

  it.each([
    'https://api.weixin.qq.com.evil.test/',
    'https://weixin.qq.com/',
    'https://example.com/?https://api.weixin.qq.com/',
    '/cgi-bin/token',
    'ftp://api.weixin.qq.com/',
  ])('%s is not', address => {
    expect(atSimulator(address, simulator)).toBeUndefined()
  })

  it('a missing host is none', () => {
    expect(isWechatHost(undefined)).toBe(false)
  })
})

describe('--env', () => {
  it('names a variable and what it holds', () => {
    const line = parseCommandLine(['--env', 'A=app-id', '--env', 'B=app-secret', '--', 'node'])
    expect(line).toMatchObject({
      variables: [
        { name: 'A', holds: 'app-id' },
        { name: 'B', holds: 'app-secret' },
      ],
    })
  })

  it.each(['A', 'A=', '=app-id', 'A=token', 'A B=app-id'])('"%s" is a mistake', text => {
    expect(parseCommandLine(['--env', text, '--', 'node'])).toMatchObject({ kind: 'mistake' })
  })
})
