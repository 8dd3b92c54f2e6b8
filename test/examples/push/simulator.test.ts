import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { type Child, runProgram } from '../gateway/support/child.ts'

const TOKEN = 'tokenOfTheTests'
const AES_KEY = `${'k'.repeat(42)}A`
const PERSON = 'lin-xiaoyu'
const STRANGER = 'chen-siyuan'

const ends: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(ends.map(end => end())))

/** Runs an example against a simulator of its own, which pushes to it. */
async function start(
  run: (env: Record<string, string>) => Child,
): Promise<{ wechat: RunningSimulator; app: Child; origin: string }> {
  const wechat = await startSimulator()
  const app = run({
    ...wechat.env,
    PORT: '0',
    WECHAT_PUSH_TOKEN: TOKEN,
    WECHAT_PUSH_AES_KEY: AES_KEY,
  })
  ends.push(async () => {
    app.kill('SIGTERM')
    await app.ended
    await wechat.close()
  })
  const [, url = ''] = await app.wrote('stdout', /Push URL (http:\S+)\n/)
  await wechat.setPush({ url, token: TOKEN, encodingAesKey: AES_KEY })
  return { wechat, app, origin: new URL(url).origin }
}

/** Lets five seconds pass as soon as this delivery has begun. */
async function passDelivery(wechat: RunningSimulator, delivery: number): Promise<void> {
  await vi.waitFor(() =>
    expect(wechat.history.count('/wechat/push', ({ isPush }) => isPush === true)).toBe(delivery),
  )
  wechat.advance(5_000)
}

describe('the examples of messages with the simulator', () => {
  it('push.ts echoes a picture, and welcomes who follows by a scene', async () => {
    const { wechat } = await start(env => runProgram('examples/push.ts', env))
    const { reply } = await wechat.push(PERSON, { type: 'image' })
    expect(reply).toMatchObject({ type: 'image' })
    // The person's picture and the account's are the same medium.
    const [sent, answered] = wechat.chat(PERSON).map(({ content }) => content)
    expect(answered).toEqual({ type: 'image', mediaId: sent && 'mediaId' in sent && sent.mediaId })
    expect((await wechat.scan(STRANGER, 'desk-7')).reply).toEqual({
      type: 'text',
      content: '欢迎关注！你扫的是 desk-7',
    })
  })

  it('slow-bot.ts runs once for three deliveries, and answers the third one', async () => {
    const { wechat } = await start(env =>
      runProgram('examples/slow-bot.ts', { ...env, ANSWER_AFTER_MS: '1000' }),
    )
    const pushed = wechat.push(PERSON, { type: 'text', content: '天气' })
    for (const delivery of [1, 2]) await passDelivery(wechat, delivery)
    expect(await pushed).toMatchObject({
      outcome: 'reply',
      reply: { content: '关于「天气」，我想好了。' },
      deliveries: [{ answer: 'timeout' }, { answer: 'timeout' }, { answer: 'reply' }],
    })
  })

  it('scan-to-bind.ts binds whoever scans the code, once', async () => {
    const { wechat, origin } = await start(env => runProgram('examples/scan-to-bind.ts', env))
    const create = async (user: string): Promise<{ url: string }> =>
      (await fetch(`${origin}/bindings/${user}`, { method: 'POST' })).json()
    const isBound = async (user: string): Promise<unknown> =>
      (await fetch(`${origin}/bindings/${user}`)).json()

    const code = await create('ann')
    expect(await isBound('ann')).toEqual({ isBound: false })
    expect((await wechat.scan(STRANGER, code.url)).reply).toMatchObject({ content: '已绑定账号 ann' })
    expect(await isBound('ann')).toEqual({ isBound: true })
    expect((await wechat.scan(PERSON, code.url)).reply).toMatchObject({ content: '二维码已失效，请刷新页面' })
    expect((await wechat.scan(PERSON, (await create('bob')).url)).reply).toMatchObject({
      content: '已绑定账号 bob',
    })
  })
})
