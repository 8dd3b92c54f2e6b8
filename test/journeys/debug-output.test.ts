import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../support/debug-site.ts', import.meta.url))
const run = promisify(execFile)

async function visitSite(debug: Record<string, string>) {
  const { PATH = '', EXPRESS_MAJOR = '5' } = process.env
  const env = { PATH, EXPRESS_MAJOR, NODE_ENV: 'test', NODE_NO_WARNINGS: '1', ...debug }
  const { stdout, stderr } = await run(process.execPath, [script], { env, timeout: 60_000 })
  const canaries: string[] = JSON.parse(stdout)
  const lines = stderr.split('\n').filter(line => line.startsWith('EXPRESS-WECHAT '))
  return { stderr, canaries, lines: lines.map(line => line.replace(/^\S+ \d+: /, '')) }
}

/** The outcomes of one kind of step, without the milliseconds. */
function outcomesOf(lines: readonly string[], step: string): string[] {
  const own = lines.filter(line => line.startsWith(`${step}: `))
  return own.map(line => line.slice(step.length + 2).replace(/, \d+ ms$/, ''))
}

describe('with NODE_DEBUG=express-wechat', () => {
  let site: Awaited<ReturnType<typeof visitSite>>

  beforeAll(async () => {
    site = await visitSite({ NODE_DEBUG: 'express-wechat' })
  }, 60_000)

  it.each([
    ['guard GET /capsule', 'redirected to the login, status 302'],
    ['guard GET /capsule', 'passed'],
    ['guard GET /people/*', 'passed'],
    ['visitorGuard GET /start', 'passed as a visitor'],
    ['begin GET /wechat/auth', 'redirected to WeChat with snsapi_userinfo, status 302'],
    ['finish GET /wechat/auth/code', 'logged in, status 302'],
    ['finish GET /wechat/auth/code', 'logged in by the outcome of an earlier callback, status 302'],
    ['finish GET /wechat/auth/code', 'wechat_refused, errcode 40013, status 500'],
    ['jssdkConfig POST /wechat/offiaccount/jssdk', 'answered, status 200'],
    ['mediaProxy GET /wechat/offiaccount/media', 'answered, status 200'],
    ['mediaProxy GET /wechat/offiaccount/media', 'wechat_refused, errcode 40013, status 500'],
    ['logout POST /wechat/auth/logout', 'answered, status 204'],
    ['wechat POST /cgi-bin/stable_token', 'ok'],
    ['wechat POST /cgi-bin/stable_token', 'wechat_refused, errcode 40013'],
    ['wechat GET /sns/oauth2/access_token', 'ok'],
    ['wechat GET /cgi-bin/media/get', 'a medium of 5 bytes begins'],
    ['wechat GET /cgi-bin/tags/get', 'status 200'],
    ['store claim login', 'claimed'],
    ['store claim login', 'taken'],
  ])('%s is told: %s', (step, outcome) => {
    expect(outcomesOf(site.lines, step)).toContain(outcome)
  })

  it('the leader, the publication and the removal of a token are told with its slot', () => {
    const stores = site.lines.filter(line => /^store \w+ \{wechat:test:wxsim\w*\}:access:stable: /.test(line))
    const told = stores.map(line => line.replace(/^store (\w+) .*: (\w+), \d+ ms$/, '$1 $2'))
    expect(told).toEqual(
      expect.arrayContaining(['acquire lead', 'publish published', 'invalidate removed', 'fail ok']),
    )
  })

  it('each line names a step, its outcome and its milliseconds', () => {
    expect(site.lines.length).toBeGreaterThan(50)
    const odd = site.lines.filter(line => !/^\w+ [A-Z]*[a-z]* ?[^:?]*.*: [^:?]+, \d+ ms$/.test(line))
    expect(odd).toEqual([])
  })

  it('no secret, token, ticket, code, openid, media id or query string is in the output', () => {
    expect(site.canaries.length).toBeGreaterThan(20)
    const found = site.canaries.filter(canary => site.stderr.includes(canary))
    expect(found).toEqual([])
    expect(site.stderr).not.toMatch(/CANARY|[?&]\w+=/)
  })
})

it('without the section of this package in NODE_DEBUG, no line is written', async () => {
  const { stderr } = await visitSite({ NODE_DEBUG: 'express' })
  expect(stderr).toBe('')
}, 60_000)
