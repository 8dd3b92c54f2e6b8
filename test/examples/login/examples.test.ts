import { readFileSync } from 'node:fs'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newVisitor, type Visitor } from '../../support/visitor.ts'
import { type Child, runProgram } from '../gateway/support/child.ts'

let wechat: RunningSimulator
const running: Child[] = []
beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(running.map(child => child.ended))
  await wechat.close()
})

const EXAMPLES = ['on-login', 'optional-login', 'silent-login', 'profile', 'scan-login']

async function start(name: string, env = {}): Promise<string> {
  const app = runProgram(`examples/${name}.ts`, { ...wechat.env, PORT: '0', ...env })
  running.push(app)
  const [, page = ''] = await app.wrote('stdout', /Open (http:\S+)\n/)
  return page
}

/** Goes where redirects lead; the simulated person passes WeChat's page. */
async function travel(visitor: Visitor, url: string, approval = {}) {
  let answer = await visitor.open(url)
  for (let hop = 0; hop < 10 && answer.location !== undefined; hop += 1) {
    const isWechat = answer.location.startsWith(`${wechat.url}/connect`)
    answer = await visitor.open(
      isWechat ? (wechat.approve(answer.location, approval) ?? '') : answer.location,
    )
  }
  return answer
}

const openid = () => wechat.people.get('lin-xiaoyu')?.openid ?? ''
const AS_PERSON = { personId: 'lin-xiaoyu' }

describe('the examples of the login', () => {
  it.each(EXAMPLES)('%s.ts is shorter than 60 lines', name => {
    expect(readFileSync(`examples/${name}.ts`, 'utf8').split('\n').length).toBeLessThan(60)
  })

  it('on-login.ts gives a person one user id, and refuses a banned one in its own words', async () => {
    const page = await start('on-login')
    const first = await travel(newVisitor(), page, AS_PERSON)
    expect(first.json).toEqual({ userId: expect.stringMatching(/^[\w-]{36}$/) })
    expect((await travel(newVisitor(), page, AS_PERSON)).json).toEqual(first.json)

    const strict = await start('on-login', { BANNED_OPENID: openid() })
    const refused = await travel(newVisitor(), strict, AS_PERSON)
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('该账号已停用，请联系客服')
  })

  it('optional-login.ts greets a visitor, and a person after a login elsewhere', async () => {
    const page = await start('optional-login')
    const visitor = newVisitor()
    expect((await visitor.open(page)).text).toContain('hello visitor')
    expect((await travel(visitor, `${page}mine`, AS_PERSON)).text).toBe(`the page of ${openid()}`)
    expect((await visitor.open(page)).text).toBe(`hello ${openid()}`)
  })

  it('silent-login.ts knows a person in WeChat, and takes a snapshot-page user for a visitor', async () => {
    const page = await start('silent-login')
    expect((await travel(newVisitor(), page, AS_PERSON)).text).toBe(`hello ${openid()}`)
    expect((await travel(newVisitor(), page, { ...AS_PERSON, snapshot: true })).text).toBe('hello visitor')
  })

  it('profile.ts shows the nickname', async () => {
    const answer = await travel(newVisitor(), await start('profile'), AS_PERSON)
    expect(answer.json).toMatchObject({ nickname: wechat.people.get('lin-xiaoyu')?.nickname })
  })
})
