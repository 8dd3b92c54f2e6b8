import express from 'express'
import { domainVerificationHandler } from 'express-wechat'
import { describe, expect, it } from 'vitest'
import { createBrowser } from '../support/browser.ts'
import { listen } from '../support/listen.ts'

describe('domainVerificationHandler', () => {
  it('serves the file at the root, and passes other requests on', async () => {
    const app = express()
    app.use(domainVerificationHandler({ fileName: 'MP_verify_Ab12Cd34Ef56Gh78.txt' }))
    app.use(domainVerificationHandler({ fileName: 'WW_verify_0123456789abcdef.txt', content: 'other text' }))
    app.use((_req, res) => void res.end('the app'))
    const server = await listen(app)
    const get = async (path: string, method = 'GET') =>
      (await createBrowser().open(server.origin + path, { method })).text
    expect(await get('/MP_verify_Ab12Cd34Ef56Gh78.txt')).toBe('Ab12Cd34Ef56Gh78')
    expect(await get('/WW_verify_0123456789abcdef.txt')).toBe('other text')
    expect(await get('/MP_verify_Ab12Cd34Ef56Gh78.txt', 'POST')).toBe('the app')
    expect(await get('/MP_verify_other.txt')).toBe('the app')
    expect(await get('/a/MP_verify_Ab12Cd34Ef56Gh78.txt')).toBe('the app')
    await server.close()
  })

  it('answers HEAD as GET, without the text', async () => {
    const app = express()
    app.use(domainVerificationHandler({ fileName: 'MP_verify_Ab12Cd34Ef56Gh78.txt' }))
    const server = await listen(app)
    const open = (path: string, method: string) => createBrowser().open(server.origin + path, { method })
    const get = await open('/MP_verify_Ab12Cd34Ef56Gh78.txt', 'GET')
    const head = await open('/MP_verify_Ab12Cd34Ef56Gh78.txt', 'HEAD')
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length'] as const) {
      expect(head.headers[name]).toBe(get.headers[name])
    }
    expect((await open('/MP_verify_other.txt', 'HEAD')).status).toBe(404)
    await server.close()
  })
})
