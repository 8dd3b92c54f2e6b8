import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { parseCommandLine } from '../../../src/cli/simulator/command-line.ts'
import { runSimulatorCommand } from '../../../src/cli/simulator/simulator-command.ts'
import { patience } from '../../simulator/support.ts'
import { ended, type StartedCli, useBuiltCli } from '../support.ts'

const cli = useBuiltCli()
const start = (args: readonly string[], env?: Record<string, string>) =>
  cli.start(['simulator', ...args], env)

function expectComplaint({ stdout, stderr }: StartedCli['said'], messages: readonly string[]): void {
  for (const message of messages) expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
  expect(stdout).toBe('')
}

const printEnvironment = `console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('WECHAT_')))))`

describe('express-wechat simulator', () => {
  it('says where it is and what to set, and ends on SIGTERM', async () => {
    const { child, said } = start(['--app-id', 'wxsimcli'])
    await expect.poll(() => said.stdout, patience).toMatch(/Key for its control API: \S+/)
    const url = /WECHAT_API_BASE_URL=(\S+)/.exec(said.stdout)?.[1] ?? ''
    expect((await fetch(url)).headers.get('x-wechat-simulator')).toBe('1')
    expect(said.stdout).toContain('WECHAT_APP_ID=wxsimcli')
    expect(said.stdout).toMatch(/WECHAT_APP_SECRET=sim_\w+/)
    child.kill('SIGTERM')
    expect(await ended(child)).toEqual({ code: 0, signal: null })
  })

  it('keeps its state in a file over a restart, and begins anew with --reset', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cli-state-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'state.json')
    const runOnce = async (args: readonly string[] = []) => {
      const { child, said } = start(['--state', file, ...args])
      await expect.poll(() => said.stdout, patience).toMatch(/Key for its control API: \S+/)
      const key = /control API: (\S+)/.exec(said.stdout)?.[1] ?? ''
      const url = /WECHAT_API_BASE_URL=(\S+)/.exec(said.stdout)?.[1] ?? ''
      const now = (await (await fetch(`${url}/simulator/state`)).json()).now
      await fetch(`${url}/simulator/clock`, {
        method: 'POST',
        headers: { 'x-simulator-key': key, connection: 'close' },
        body: JSON.stringify({ advanceMs: 86_400_000 }),
      })
      child.kill('SIGTERM')
      await ended(child)
      return { env: said.stdout.match(/WECHAT_\w+=\S+/g), now }
    }
    const first = await runOnce()
    const second = await runOnce()
    const third = await runOnce(['--reset'])
    expect(second.env).toEqual(first.env)
    expect(second.now - first.now).toBeGreaterThanOrEqual(86_400_000)
    expect(third.env).toEqual(first.env)
    expect(third.now - first.now).toBeLessThan(86_400_000)
  })

  it('runs a command that finds it in its environment, and ends with its code', async () => {
    const script = `${printEnvironment}; fetch(process.env.WECHAT_API_BASE_URL).then(({ status }) => process.exit(status === 200 ? 7 : 1))`
    const { child, said } = start(['--', process.execPath, '-e', script], {
      WECHAT_APP_ID: 'wx0123456789abcdef',
    })
    expect((await ended(child)).code).toBe(7)
    const env = JSON.parse(said.stdout)
    expect(env.WECHAT_APP_ID).toMatch(/^wxsim/)
    expect(env.WECHAT_OPEN_BASE_URL).toBe(env.WECHAT_API_BASE_URL)
    expect(said.stderr).toContain(env.WECHAT_API_BASE_URL)
  })

  it('hands signals on to the command, and ends as it does', async () => {
    const script = `process.on('SIGTERM', () => { console.log('stopping'); process.exit(3) }); setInterval(() => {}, 1000); console.log('ready')`
    const { child, said } = start(['--', process.execPath, '-e', script])
    await expect.poll(() => said.stdout, patience).toContain('ready')
    child.kill('SIGTERM')
    expect((await ended(child)).code).toBe(3)
    expect(said.stdout).toContain('stopping')
  })

  it('dies of the signal that its command died of', async () => {
    const { child } = start(['--', process.execPath, '-e', `process.kill(process.pid, 'SIGTERM')`])
    expect(await ended(child)).toEqual({ code: null, signal: 'SIGTERM' })
  })

  it.each([
    [['--', 'no-such-program'], {}, 127, ['could not start "no-such-program"']],
    [['--ports', '1'], {}, 2, ['--ports']],
    [[], { NODE_ENV: 'production' }, 1, ['NODE_ENV=production']],
  ])('%j with %j ends with %i', async (args, env, code, messages) => {
    const { child, said } = start(args, { ...env })
    expect((await ended(child)).code).toBe(code)
    expectComplaint(said, messages)
  })

  // A mistake and a refusal have ended a process above; what else they can be needs none.
  it.each([
    [['--host', '0.0.0.0'], 1, ['"host" must be loopback', 'on the command line, --allow-insecure-host']],
    [['--app-id', 'wx0123456789abcdef'], 1, ['"appId" must begin with "wxsim"']],
    [['--as', 'nobody'], 1, ['--as must be one of lin-xiaoyu, ']],
    [['--'], 2, ['no command']],
  ])('%j ends with %i', async (args, code, messages) => {
    const [stdout, stderr] = [vi.spyOn(console, 'info'), vi.spyOn(console, 'error')]
    for (const printed of [stdout, stderr]) printed.mockImplementation(() => {})
    const exitCodeBefore = process.exitCode
    onTestFinished(() => {
      process.exitCode = exitCodeBefore
      vi.restoreAllMocks()
    })
    await runSimulatorCommand(args)
    expect(process.exitCode).toBe(code)
    expectComplaint({ stdout: stdout.mock.calls.join('\n'), stderr: stderr.mock.calls.join('\n') }, messages)
  })

  it('warns where other machines can reach it', async () => {
    const { said } = start(['--host', '0.0.0.0', '--allow-insecure-host'])
    await expect.poll(() => said.stdout, patience).toContain('WARNING')
  })

  it('explains itself', async () => {
    const { child, said } = start(['--help'])
    expect((await ended(child)).code).toBe(0)
    expect(said.stdout).toContain('express-wechat simulator [options] -- command args')
  })
})

describe('its command line', () => {
  it('leaves alone what belongs to the command', () => {
    expect(parseCommandLine(['--port', '1', '--', 'npm', 'start', '--', '--port', '2'])).toEqual({
      kind: 'run',
      variables: [],
      options: { port: 1 },
      command: ['npm', 'start', '--', '--port', '2'],
    })
  })

  it('sets the options of startSimulator', () => {
    const args = [
      '--host',
      'localhost',
      '--app-id',
      'wxsim1',
      '--app-secret',
      'sim_1',
      '--as',
      'he-miao',
      '--unionid',
    ]
    expect(parseCommandLine(args)).toEqual({
      kind: 'run',
      variables: [],
      command: [],
      options: {
        host: 'localhost',
        appId: 'wxsim1',
        appSecret: 'sim_1',
        autoApprove: 'he-miao',
        boundToOpenPlatform: true,
      },
    })
  })

  it('takes the push URL with the Token and the first key of the app', () => {
    const url = 'http://127.0.0.1:3000/wechat/push'
    const environment = { WECHAT_PUSH_TOKEN: 'token123', WECHAT_PUSH_AES_KEY: 'new, previous' }
    expect(parseCommandLine(['--push-url', url], environment)).toMatchObject({
      options: { push: { url, token: 'token123', encodingAesKey: 'new' } },
    })
    expect(parseCommandLine(['--push-url', url], { WECHAT_PUSH_TOKEN: 'token123' })).toMatchObject({
      options: { push: { url, token: 'token123' } },
    })
    expect(parseCommandLine(['--push-url', url], {})).toMatchObject({
      kind: 'mistake',
      message: expect.stringContaining('WECHAT_PUSH_TOKEN'),
    })
  })

  it.each([['--port', 'x'], ['stray'], ['--port'], ['--reset'], ['--state']])('refuses %s', (...args) => {
    expect(parseCommandLine(args.filter(arg => typeof arg === 'string'))).toMatchObject({ kind: 'mistake' })
  })
})
