import { channel } from 'node:diagnostics_channel'
import type { Response } from 'express'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { takeFindings } from '../support/canary.ts'
import { closeSites, type Site, startSite } from '../support/site.ts'

let site: Site
let token: string

/** What an app could do with a secret by mistake. */
const LEAKS: Readonly<Record<string, (res: Response, secret: string) => unknown>> = {
  'body of /leak': (res, secret) =>
    res.json({ error: { config: { url: `/cgi-bin/x?access_token=${secret}` } } }),
  'body of /leak (at the end of a long answer)': (res, secret) =>
    res.json({ rows: Array.from({ length: 20_000 }, (_, row) => `row ${row}`), token: secret }),
  'body of /leak (in the last of many chunks)': (res, secret) => {
    res.type('text')
    for (let line = 0; line < 100; line++) res.write('a line of text '.repeat(100))
    res.end(secret)
  },
  'header of /leak': (res, secret) => res.set('X-Debug', `token=${secret}`).end(),
  'header of /leak (cookie)': (res, secret) => res.cookie('debug', `a.${secret}`).end(),
  'header of /leak (redirect)': (res, secret) => res.redirect(`/page?ticket=${secret}`),
  'console.warn': (res, secret) => {
    console.warn('the call failed', { options: { searchParams: `access_token=${secret}` } })
    res.end()
  },
  stderr: (res, secret) => {
    process.stderr.write(`Error: /cgi-bin/x?access_token=${secret}\n`)
    res.end()
  },
  warning: (res, secret) => {
    process.emitWarning(new Error('outer', { cause: new Error(`access_token=${secret}`) }))
    setImmediate(() => res.end())
  },
  'event request-failed': (res, secret) => {
    channel('express-wechat:request-failed').publish({ code: 'x', message: `access_token=${secret}` })
    res.end()
  },
}

beforeAll(async () => {
  site = await startSite({
    pages: app => {
      app.get('/leak', (req, res) => {
        const { place = '', secret = '' } = req.query as Record<string, string>
        LEAKS[place]?.(res, secret === 'app' ? site.wechat.appSecret : token)
      })
    },
  })
  token = await site.tokenManager.getAccessToken()
})

afterAll(closeSites)

it.each(Object.keys(LEAKS).flatMap(place => ['token', 'app'].map(secret => [place, secret] as const)))(
  'finds a secret that leaks: %s (%s)',
  async (place, secret) => {
    await site.visitor().open(`${site.origin}/leak?${new URLSearchParams({ place, secret })}`)
    const found = takeFindings()
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toContain(place.split(' (')[0])
  },
)

it('finds nothing in an answer that holds no secret', async () => {
  await site.login(site.visitor(), { scope: 'snsapi_userinfo' })
  expect(takeFindings()).toEqual([])
})
