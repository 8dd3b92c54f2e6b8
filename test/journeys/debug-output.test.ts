import { beforeAll, describe, expect, it } from 'vitest'
import { type DebugVisit, visitDebugSite } from '../support/debug-visit.ts'

/** The outcomes of one kind of step, without the milliseconds. */
function outcomesOf(lines: readonly string[], step: string): string[] {
  const own = lines.filter(line => line.startsWith(`${step}: `))
  return own.map(line => line.slice(step.length + 2).replace(/, \d+ ms$/, ''))
}

describe('with NODE_DEBUG=express-wechat', () => {
  let site: DebugVisit

  beforeAll(async () => {
    site = await visitDebugSite({ NODE_DEBUG: 'express-wechat' })
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
