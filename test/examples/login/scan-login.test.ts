import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { confirmOnPhone, finish, ON_DESKTOP, readShownCode } from '../../login/scan/support/scan.ts'
import { createBrowser } from '../../support/browser.ts'
import { approve } from '../../support/site.ts'
import { type Child, runProgram } from '../gateway/support/child.ts'

let wechat: RunningSimulator
let app: Child
beforeAll(async () => {
  wechat = await startSimulator()
  app = runProgram('examples/scan-login.ts', { ...wechat.env, PORT: '0' })
})
afterAll(async () => {
  app?.kill('SIGTERM')
  await Promise.all([app?.ended, wechat?.close()])
})

it('logs a computer in, and greets the person of the phone on both', async () => {
  const [, page = ''] = await app.wrote('stdout', /open (http:\S+)\n/)
  const origin = new URL(page).origin.replace('localhost', '127.0.0.1')
  const [desktop, phone] = [createBrowser(), createBrowser()]
  const shown = await desktop.follow(`${origin}/`, ON_DESKTOP)
  const code = readShownCode(shown)
  const back = await phone.follow(approve(wechat, await phone.open(code.ticketUrl), 'lin-xiaoyu'))
  expect(back.hops[0]).toBe(`${code.ticketUrl}#`)
  await confirmOnPhone({ origin }, phone, code)
  expect((await finish({ origin }, desktop, code)).json).toMatchObject({ url: `${origin}/#` })

  const openid = wechat.people.get('lin-xiaoyu')?.openid
  expect((await desktop.open(`${origin}/`, ON_DESKTOP)).text).toBe(`hello ${openid} on a computer`)
  expect((await phone.open(`${origin}/`)).text).toBe(`hello ${openid} on a phone`)
})
