import { readFileSync } from 'node:fs'
import { startSimulator } from 'express-wechat/simulator'
import { afterAll, describe, expect, it } from 'vitest'
import { createPushClient, postTo, textMessage } from '../../push/support/push-client.ts'
import { type Child, runProgram } from '../gateway/support/child.ts'

const CONSOLE = { token: 'tokenOfTheTests', aesKey: `${'k'.repeat(42)}A` }
const running: Child[] = []
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(running.map(child => child.ended))
})

async function start(name: string, env = {}) {
  const wechat = await startSimulator()
  const app = runProgram(`examples/${name}.ts`, {
    ...wechat.env,
    PORT: '0',
    WECHAT_PUSH_TOKEN: CONSOLE.token,
    WECHAT_PUSH_AES_KEY: CONSOLE.aesKey,
    ...env,
  })
  running.push(app)
  const [, url = ''] = await app.wrote('stdout', /Push URL (http:\S+)\n/)
  await wechat.close()
  return createPushClient({ transport: postTo(url) }, { ...CONSOLE, appId: wechat.appId })
}

const event = (Event: string, more = {}) =>
  textMessage({ MsgType: 'event', Event, CreateTime: Math.floor(Math.random() * 1e9), ...more })

describe('the examples of messages', () => {
  it.each(['push', 'slow-bot'])('%s.ts is shorter than 60 lines', name => {
    expect(readFileSync(`examples/${name}.ts`, 'utf8').split('\n').length).toBeLessThan(60)
  })

  it('push.ts answers messages and events by their kinds', async () => {
    const client = await start('push')
    const ask = async (fields: Record<string, string | number>) => client.read(await client.push(fields))
    expect(await ask(textMessage({ Content: '你好' }))).toContain('你说的是：你好')
    expect(await ask(textMessage({ MsgType: 'image', PicUrl: 'p', MediaId: 'm1' }))).toContain('[m1]')
    expect(await ask(event('subscribe', { EventKey: 'qrscene_desk-7' }))).toContain('desk-7')
    expect(await ask(event('CLICK', { EventKey: 'help' }))).toContain('菜单 help')
    expect(await ask(event('unsubscribe'))).toBe('success')
    expect(await ask(textMessage({ MsgType: 'file' }))).toBe('success')
  })

  it('slow-bot.ts answers when it has thought', async () => {
    const client = await start('slow-bot', { ANSWER_AFTER_MS: '50' })
    expect(client.read(await client.push(textMessage({ Content: '天气' })))).toContain('关于「天气」')
  })
})
