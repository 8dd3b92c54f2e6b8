import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { interceptResponses } from '../../../src/simulator/intercept/intercept-responses.ts'

describe('the official script’s address in a page of the app', () => {
  let server: Server
  let address: string
  let page = ''

  beforeAll(async () => {
    interceptResponses('http://127.0.0.1:54321')
    server = createServer((_req, res) => {
      res.setHeader('Content-Type', 'text/html')
      res.setHeader('Content-Length', Buffer.byteLength(page))
      res.end(page)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  afterAll(() => new Promise(resolve => server.close(resolve)))

  it.each([
    ['https://res.wx.qq.com/open/js/jweixin-1.4.0.js', 'http://127.0.0.1:54321/jweixin-1.4.js?________'],
    ['http://res2.wx.qq.com/open/js/jweixin-1.4.0.js', 'http://127.0.0.1:54321/jweixin-1.4.js?________'],
    ['//res.wx.qq.com/open/js/jweixin-1.4.0.js', '//127.0.0.1:54321/jweixin-1.4.js?_______'],
    ['https://res.wx.qq.com/open/js/jweixin-1.6.0.js', 'http://127.0.0.1:54321/simulator/jweixin.js?__'],
  ])('%s keeps its length and names its version', async (official, simulated) => {
    page = `<script src="${official}"></script>`
    expect(await (await fetch(address)).text()).toBe(`<script src="${simulated}"></script>`)
  })
})
