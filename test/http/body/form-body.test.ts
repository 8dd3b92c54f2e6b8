import express, { type RequestHandler } from 'express'
import fc from 'fast-check'
import request from 'supertest'
import { describe, expect, it } from 'vitest'
import { asyncHandler } from '../../../src/http/async-handler.ts'
import { readFormBody } from '../../../src/http/body/form-body.ts'

const FORM = 'application/x-www-form-urlencoded'

function appWith(...parsers: RequestHandler[]) {
  const app = express()
  for (const parser of parsers) app.use(parser)
  app.post(
    '/',
    asyncHandler(async function form(req, res) {
      res.json(Object.fromEntries(await readFormBody(req, res)))
    }),
  )
  return app
}

const post = (app: express.Express, body: string, type = FORM) =>
  request(app).post('/').set('Content-Type', type).send(body)

describe('the texts of a form', () => {
  it.each([
    ['no parser', []],
    ['a form parser', [express.urlencoded({ extended: true })]],
    ['a text parser', [express.text({ type: () => true })]],
    ['a JSON parser, which leaves forms alone', [express.json()]],
  ])('are read after %s', async (_name, parsers) => {
    const { body } = await post(appWith(...parsers), 'token=a.b&digits=%E4%B8%83&action=')
    expect(body).toEqual({ token: 'a.b', digits: '七', action: '' })
  })

  it('are none if the body is no form, or is nested', async () => {
    expect((await post(appWith(), '{"token":"a"}', 'application/json')).body).toEqual({})
    expect((await post(appWith(), 'token=a', 'text/plain')).body).toEqual({})
    const nested = await post(appWith(express.urlencoded({ extended: true })), 'token[a]=b&digits=1')
    expect(nested.body).toEqual({ digits: '1' })
  })

  it('are 413 over 4 KiB, and 400 in a charset that is unknown', async () => {
    expect((await post(appWith(), `token=${'x'.repeat(5_000)}`)).status).toBe(413)
    const foreign = await post(appWith(), 'token=a', `${FORM}; charset=utf-7`)
    expect(foreign).toMatchObject({ status: 400, body: { status: 400, msg: '请求内容不正确' } })
  })

  it('are texts for any body', async () => {
    const app = appWith()
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async text => {
        const { status, body } = await post(app, text)
        expect([200, 400]).toContain(status)
        if (status === 200) expect(Object.values(body).every(value => typeof value === 'string')).toBe(true)
      }),
      { numRuns: 50 },
    )
  })
})
