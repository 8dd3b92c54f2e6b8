import { pipeline } from 'node:stream'
import express from 'express'
import { createTokenManager, type MessageHandlerOptions, messageHandler } from 'express-wechat'
import { type PushSettings, type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { onTestFinished } from 'vitest'
import { listen } from '../../../support/listen.ts'

export const TOKEN = 'tokenOfTheTests'
export const AES_KEY = `${'k'.repeat(42)}A`
export const FAILURE = '该公众号提供的服务出现故障，请稍后再试'

/** A simulator with the real time, as the app under test has it. It ends with the test. */
export async function simulate(options = {}): Promise<RunningSimulator> {
  const wechat = await startSimulator(options)
  onTestFinished(() => wechat.close())
  return wechat
}

/** Runs an app with the handlers, and returns the settings of a console that pushes to it. */
export async function startApp(
  wechat: RunningSimulator,
  { on, late }: Pick<MessageHandlerOptions, 'on' | 'late'>,
  settings: Partial<PushSettings> = {},
): Promise<PushSettings> {
  const tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
  const encodingAesKey = settings.mode === 'plain' ? undefined : AES_KEY
  const app = express()
  app.all(
    '/wechat/push',
    messageHandler({
      tokenManager,
      token: TOKEN,
      ...(encodingAesKey && { encodingAesKey }),
      on,
      ...(late && { late }),
    }),
  )
  const { origin, close } = await listen(app)
  onTestFinished(close)
  return {
    url: `${origin}/wechat/push`,
    token: TOKEN,
    ...(encodingAesKey && { encodingAesKey }),
    ...settings,
  }
}

/** Runs an app that answers the check of the URL, and pushes by `answer`; `undefined` is no answer at all. */
export async function startRawApp(answer: (body: string) => Answer | undefined): Promise<PushSettings> {
  const app = express()
  app.get('/push', (req, res) => void res.send(req.query.echostr))
  app.post('/push', express.text({ type: '*/*' }), (req, res) => {
    const answered = answer(String(req.body))
    if (answered === undefined) return
    res.status(answered.status ?? 200)
    if (typeof answered.body === 'string') res.send(answered.body)
    else pipeline(answered.body, res, () => {})
  })
  const { origin, close } = await listen(app)
  onTestFinished(close)
  return { url: `${origin}/push`, token: TOKEN }
}

interface Answer {
  status?: number
  body: string | AsyncIterable<Buffer>
}
