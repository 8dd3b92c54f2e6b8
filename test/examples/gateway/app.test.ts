import type { RequestHandler } from 'express'
import request from 'supertest'
import { describe, expect, it, vi } from 'vitest'
import { createGatewayApp } from './support/gateway-app.ts'

const account = { WECHAT_APP_ID: 'wx0123456789abcdef', WECHAT_APP_SECRET: 'a-secret-of-the-account' }
const pass: RequestHandler = (_req, _res, next) => next()

function appWith(session: RequestHandler) {
  const isReady = async () => {
    throw new Error('canary')
  }
  return createGatewayApp(account, { session, isReady })
}

describe('an error that nobody expected', () => {
  it('is JSON, and a log line that says where, and not what it held', async () => {
    const { app, log } = appWith((_req, _res, next) => next(new TypeError('canary')))
    const answer = await request(app).get('/wechat/auth')
    expect(answer.status).toBe(500)
    expect(answer.body).toEqual({ status: 500, msg: '服务器内部错误', data: null })
    expect(log()).toMatch(/"name":"TypeError".*app\.test\.ts/)
    expect(log()).not.toContain('canary')
  })

  it("is 4xx where it is the client's", async () => {
    const mistake = Object.assign(new Error('canary'), { status: 413 })
    const { app } = appWith((_req, _res, next) => next(mistake))
    expect((await request(app).get('/wechat/auth')).body).toMatchObject({ status: 413, data: null })
  })

  it('is JSON outside the router too', async () => {
    const { app } = appWith(pass)
    expect((await request(app).get('/readyz')).body).toMatchObject({ status: 500, data: null })
  })
})

describe('the line of a failed request', () => {
  const linesOf = (log: string) =>
    log
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)

  it('is one, with what failed and where', async () => {
    const { app, log } = appWith((_req, _res, next) => next(new TypeError('canary')))
    const answer = await request(app).get('/wechat/auth')
    expect(linesOf(log())).toEqual([
      expect.objectContaining({
        reqId: answer.headers['x-request-id'],
        req: expect.objectContaining({ path: '/wechat/auth' }),
        res: { status: 500 },
        failure: expect.objectContaining({ name: 'TypeError' }),
        msg: 'a request failed',
      }),
    ])
  })

  it('is there for a probe too if the error is unexpected', async () => {
    const { app, log } = appWith(pass)
    await request(app).get('/readyz')
    expect(linesOf(log())).toEqual([expect.objectContaining({ msg: 'a request failed' })])
  })

  it('is there if the error comes after the answer', async () => {
    const { app, log } = appWith((_req, res, next) => {
      res.once('close', () => next(new TypeError('canary'))).end('early')
    })
    await request(app).get('/wechat/auth')
    await vi.waitFor(() => expect(linesOf(log())).toHaveLength(2))
    expect(linesOf(log())[1]).toMatchObject({ failure: { name: 'TypeError' }, msg: 'a request failed' })
  })

  it('is written five times a minute for equal failures, the others are counted', async () => {
    const { app, log, limit } = appWith((req, _res, next) =>
      next(req.path === '/auth' ? new TypeError('canary') : new RangeError('canary')),
    )
    for (let n = 0; n < 12; n++) await request(app).get('/wechat/auth')
    await request(app).get('/wechat/token')
    limit.close()
    const lines = linesOf(log())
    const failed = lines.filter(({ msg }) => msg === 'a request failed')
    expect(failed).toHaveLength(6)
    expect(failed.at(-1)).toMatchObject({ failure: { name: 'RangeError' } })
    expect(lines.slice(6)).toEqual([
      expect.objectContaining({ kind: expect.stringMatching(/^TypeError at /), leftOutLines: 7 }),
    ])
  })
})

describe('a proxy that nobody told it of', () => {
  it('is a warning in the log, since all visitors behind it share one limit', async () => {
    const { app, log } = appWith(pass)
    await request(app).get('/wechat/auth').set('X-Forwarded-For', '198.51.100.7')
    await request(app).get('/wechat/auth').set('X-Forwarded-For', '198.51.100.8')
    expect(log().match(/ERR_ERL_UNEXPECTED_X_FORWARDED_FOR/g)).toHaveLength(1)
    expect(log()).toContain('look at TRUST_PROXY')
  })
})
