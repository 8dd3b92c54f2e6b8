import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { interceptResponses } from '../../../src/simulator/intercept/intercept-responses.ts'
import { type Listening, listen } from '../../support/listen.ts'

describe('the official script’s address in a page of the app', () => {
  let app: Listening
  let page = ''

  beforeAll(async () => {
    interceptResponses('http://127.0.0.1:54321')
    app = await listen((_req, res) => {
      res.setHeader('Content-Type', 'text/html')
      res.setHeader('Content-Length', Buffer.byteLength(page))
      res.end(page)
    })
  })

  afterAll(() => app?.close())

  it.each([
    ['https://res.wx.qq.com/open/js/jweixin-1.4.0.js', 'http://127.0.0.1:54321/jweixin-1.4.js?________'],
    ['http://res2.wx.qq.com/open/js/jweixin-1.4.0.js', 'http://127.0.0.1:54321/jweixin-1.4.js?________'],
    ['//res.wx.qq.com/open/js/jweixin-1.4.0.js', '//127.0.0.1:54321/jweixin-1.4.js?_______'],
    ['https://res.wx.qq.com/open/js/jweixin-1.6.0.js', 'http://127.0.0.1:54321/simulator/jweixin.js?__'],
  ])('%s keeps its length and names its version', async (official, simulated) => {
    page = `<script src="${official}"></script>`
    expect(await (await fetch(app.origin)).text()).toBe(`<script src="${simulated}"></script>`)
  })
})
