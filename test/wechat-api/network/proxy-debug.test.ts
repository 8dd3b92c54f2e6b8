import { format } from 'node:util'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { createClient } from '../../../src/wechat-api/client.ts'
import { startConnectProxy, startSocksProxy } from '../../support/proxies.ts'
import { startScriptedWechat } from '../../support/scripted-wechat.ts'
import { startTlsFront } from '../../support/tls-front.ts'

const PASSWORD = 'debug-canary'

// @isolated: the agents' libraries read DEBUG when they are loaded, which is when the first proxy is used.
process.env.DEBUG = '*'

it.each([
  ['CONNECT', startConnectProxy, { password: PASSWORD }],
  ['SOCKS', startSocksProxy, PASSWORD],
] as const)(
  "the logs that DEBUG=* switches on do not show a %s proxy's password",
  async (_kind, start, access) => {
    const wechat = await startScriptedWechat()
    const front = await startTlsFront(Number(new URL(wechat.baseUrl).port))
    const proxy = await (start as (routes: object, access: unknown) => ReturnType<typeof startConnectProxy>)(
      { 'api.weixin.qq.com:443': front.port },
      access,
    )
    const written: string[] = []
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation(chunk => {
      written.push(format(chunk))
      return true
    })
    const account = parseAccount(
      'test',
      { appId: 'wx0123456789abcdef', appSecret: 'a-secret-of-tests', proxyUrl: proxy.url },
      {},
    )
    const client = createClient(account)
    onTestFinished(async () => {
      stderr.mockRestore()
      client.close()
      for (const server of [proxy, front, wechat]) await server.close()
    })
    const call = { endpoint: '/cgi-bin/stable_token', secrets: [], isRepeatable: true }
    await client.call({ ...call, answer: z.object({ access_token: z.string() }) })
    expect(written.join('')).toContain('proxy-agent')
    expect(written.join('')).not.toContain(PASSWORD)
    expect(written.join('')).not.toContain(Buffer.from(`agent:${PASSWORD}`).toString('base64'))
  },
)
