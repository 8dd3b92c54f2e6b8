import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newVisitor } from '../../support/visitor.ts'
import { travel } from '../support/travel.ts'
import { useExamples } from '../support/use-examples.ts'

let wechat: RunningSimulator
const startExample = useExamples()
beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(() => wechat.close())

const openid = () => wechat.people.get('lin-xiaoyu')?.openid ?? ''

describe('the examples of the login', () => {
  it('on-login.ts gives a person one user id, and refuses a banned one in its own words', async () => {
    const page = await startExample('on-login.ts', wechat.env)
    const first = await travel(wechat, newVisitor(), page)
    expect(first.json).toEqual({ userId: expect.stringMatching(/^[\w-]{36}$/) })
    expect((await travel(wechat, newVisitor(), page)).json).toEqual(first.json)

    const strict = await startExample('on-login.ts', { ...wechat.env, BANNED_OPENID: openid() })
    const refused = await travel(wechat, newVisitor(), strict)
    expect(refused.status).toBe(403)
    expect(refused.text).toContain('该账号已停用，请联系客服')
  })

  it('optional-login.ts greets a visitor, and a person after a login elsewhere', async () => {
    const page = await startExample('optional-login.ts', wechat.env)
    const visitor = newVisitor()
    expect((await visitor.open(page)).text).toContain('hello visitor')
    expect((await travel(wechat, visitor, `${page}mine`)).text).toBe(`the page of ${openid()}`)
    expect((await visitor.open(page)).text).toBe(`hello ${openid()}`)
  })

  it('silent-login.ts knows a person in WeChat, and takes a snapshot-page user for a visitor', async () => {
    const page = await startExample('silent-login.ts', wechat.env)
    expect((await travel(wechat, newVisitor(), page)).text).toBe(`hello ${openid()}`)
    expect((await travel(wechat, newVisitor(), page, { personId: 'lin-xiaoyu', snapshot: true })).text).toBe(
      'hello visitor',
    )
  })

  it('profile.ts shows the nickname', async () => {
    const answer = await travel(wechat, newVisitor(), await startExample('profile.ts', wechat.env))
    expect(answer.json).toMatchObject({ nickname: wechat.people.get('lin-xiaoyu')?.nickname })
  })
})
