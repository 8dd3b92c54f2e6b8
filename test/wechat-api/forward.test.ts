import { Readable } from 'node:stream'
import { expect, it, onTestFinished } from 'vitest'
import { parseAccount } from '../../src/wechat-api/account.ts'
import type { CallBody } from '../../src/wechat-api/call-body.ts'
import { createClient } from '../../src/wechat-api/client.ts'
import { forwardCall } from '../../src/wechat-api/forward.ts'
import { createWechatNetwork } from '../../src/wechat-api/network/wechat-network.ts'
import { startBlackHole } from '../support/black-hole.ts'
import { freePort } from '../support/listen.ts'
import { hang, json, reset, type ScriptedWechat, startScriptedWechat } from '../support/scripted-wechat.ts'

const UPLOAD = '/cgi-bin/media/upload'

async function startWechat(): Promise<ScriptedWechat> {
  const wechat = await startScriptedWechat()
  wechat.always(UPLOAD, json({ ok: 1 }))
  onTestFinished(wechat.close)
  return wechat
}

function newClient(apiBaseUrl: string[]) {
  const account = parseAccount(
    'test',
    { appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-tests', apiBaseUrl, timeoutMs: 2_000 },
    {},
  )
  const client = createClient(account, createWechatNetwork(account, { environment: {} }))
  onTestFinished(() => client.close())
  return client
}

/** A body that counts how often it is read. */
function countedBody(canReopen: boolean): CallBody & { opened: number } {
  return {
    opened: 0,
    contentType: 'text/plain',
    length: 4,
    canReopen,
    open() {
      this.opened += 1
      return canReopen ? Buffer.from('body') : Readable.from([Buffer.from('body')])
    },
  }
}

function post(client: ReturnType<typeof newClient>, body: CallBody, signal?: AbortSignal) {
  const query = new URLSearchParams()
  return forwardCall(client, { endpoint: UPLOAD, method: 'POST', query, accessToken: 't', body, signal })
}

it.each([
  ['refuses connections', async () => `http://127.0.0.1:${await freePort()}`],
  ['takes connections and says nothing', async () => (await startBlackHole()).baseUrl],
])('goes on at the second host if the first one %s', async (_what, start) => {
  const second = await startWechat()
  const body = countedBody(true)
  const answer = await post(newClient([await start(), second.baseUrl]), body)
  expect([answer.status, second.calls.map(call => call.body)]).toEqual([200, ['body']])
})

it('does not send a stream to a second host, since it was opened once already', async () => {
  const second = await startWechat()
  const body = countedBody(false)
  const client = newClient([`http://127.0.0.1:${await freePort()}`, second.baseUrl])
  await expect(post(client, body)).rejects.toThrow('ECONNREFUSED')
  expect([body.opened, second.calls]).toEqual([1, []])
})

it.each([true, false])('does not send a POST twice after a reset (it can be read again: %s)', async again => {
  const [first, second] = [await startWechat(), await startWechat()]
  first.always(UPLOAD, reset)
  const body = countedBody(again)
  await expect(post(newClient([first.baseUrl, second.baseUrl]), body)).rejects.toThrow('ECONNRESET')
  expect([body.opened, first.count(UPLOAD), second.calls]).toEqual([1, 1, []])
})

it('closes the connection to WeChat at once if the caller leaves', async () => {
  const wechat = await startWechat()
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>()
  wechat.always(UPLOAD, (res, call) => {
    res.once('close', resolve)
    arrive()
    return hang(res, call)
  })
  const caller = new AbortController()
  const forwarded = post(newClient([wechat.baseUrl]), countedBody(true), caller.signal)
  const outcome = forwarded.catch((error: unknown) => error)
  await arrived
  caller.abort(new Error('the caller has left'))
  expect(await outcome).toMatchObject({ message: 'the caller has left' })
  await closed
})
