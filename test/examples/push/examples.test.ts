import { afterAll, describe, expect, it } from 'vitest'
import { createPushClient, postTo, textMessage } from '../../push/support/push-client.ts'
import { startScriptedWechat } from '../../support/scripted-wechat.ts'
import { type Child, runProgram } from '../gateway/support/child.ts'

const CONSOLE = { token: 'tokenOfTheTests', aesKey: `${'k'.repeat(42)}A` }
const running: Child[] = []
afterAll(async () => {
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(running.map(child => child.ended))
})

const APP_ID = 'wx0123456789abcdef'

/** The program calls the API there, if at all. */
async function start(file: string, env = {}, apiBaseUrl = 'http://127.0.0.1:9') {
  const app = runProgram(`examples/${file}`, {
    WECHAT_APP_ID: APP_ID,
    WECHAT_APP_SECRET: 'secret-of-the-tests',
    WECHAT_API_BASE_URL: apiBaseUrl,
    PORT: '0',
    WECHAT_PUSH_TOKEN: CONSOLE.token,
    WECHAT_PUSH_AES_KEY: CONSOLE.aesKey,
    ...env,
  })
  running.push(app)
  const [, url = ''] = await app.wrote('stdout', /Push URL (http:\S+)\n/)
  const client = createPushClient({ transport: postTo(url) }, { ...CONSOLE, appId: APP_ID })
  return { ...client, origin: new URL(url).origin }
}

const event = (Event: string, more = {}) =>
  textMessage({ MsgType: 'event', Event, CreateTime: Math.floor(Math.random() * 1e9), ...more })

describe('the examples of messages', () => {
  it('push.ts answers messages and events by their kinds', async () => {
    const client = await start('push.ts')
    const ask = async (fields: Record<string, string | number>) => client.read(await client.push(fields))
    expect(await ask(textMessage({ Content: '你好' }))).toContain('你说的是：你好')
    expect(await ask(textMessage({ MsgType: 'image', PicUrl: 'p', MediaId: 'm1' }))).toContain('[m1]')
    expect(await ask(event('subscribe', { EventKey: 'qrscene_desk-7' }))).toContain('desk-7')
    expect(await ask(event('CLICK', { EventKey: 'help' }))).toContain('菜单 help')
    expect(await ask(event('unsubscribe'))).toBe('success')
    expect(await ask(textMessage({ MsgType: 'file' }))).toBe('success')
  })

  it('slow-bot.ts answers when it has thought', async () => {
    const client = await start('slow-bot.ts', { ANSWER_AFTER_MS: '50' })
    expect(client.read(await client.push(textMessage({ Content: '天气' })))).toContain('关于「天气」')
  })

  it('bind-by-scan.ts binds a member to the person who scans, once for each QR code', async () => {
    const wechat = await startScriptedWechat()
    wechat.always('/cgi-bin/qrcode/create', res => {
      res.setHeader('Content-Type', 'application/json')
      res.end('{"ticket":"gQ8/+=","expire_seconds":300}')
    })
    const client = await start('bind-by-scan.ts', {}, wechat.baseUrl)
    const page = await (await fetch(`${client.origin}/members/m7/bind`)).text()
    expect(page).toContain('showqrcode?ticket=gQ8%2F%2B%3D"')
    const { body = '' } = wechat.calls.find(call => call.path === '/cgi-bin/qrcode/create') ?? {}
    const [, sceneKey = ''] = /"scene_str":"([\w-]{36})"/.exec(body) ?? []
    const isBound = async () => (await (await fetch(`${client.origin}/members/m7`)).json()).isBound
    expect(await isBound()).toBe(false)

    const scan = async (fields: Record<string, string | number>) => client.read(await client.push(fields))
    expect(await scan(event('subscribe'))).toBe('success')
    expect(await scan(event('subscribe', { EventKey: `qrscene_${sceneKey}` }))).toContain('会员 m7 已绑定')
    expect(await isBound()).toBe(true)
    expect(await scan(event('SCAN', { EventKey: sceneKey }))).toContain('二维码已失效')
    await wechat.close()
  })
})
