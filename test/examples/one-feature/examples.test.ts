import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { newVisitor } from '../../support/visitor.ts'
import { travel } from '../support/travel.ts'
import { useExamples } from '../support/use-examples.ts'
import { startTwoAccounts } from './support/two-accounts.ts'

const JPEG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10])

let wechat: RunningSimulator
const startExample = useExamples()
beforeAll(async () => {
  wechat = await startSimulator()
})
afterAll(() => wechat.close())

describe('the examples of one feature', () => {
  it('commonjs.cjs logs a person in', async () => {
    const answer = await travel(wechat, newVisitor(), await startExample('commonjs.cjs', wechat.env))
    expect(answer.json).toEqual({ openid: wechat.people.get('lin-xiaoyu')?.openid })
  })

  it('media.ts shows a picture and plays a voice', async () => {
    const picture = wechat.uploadMedia({ type: 'image', data: JPEG })
    const voice = wechat.uploadMedia({
      type: 'voice',
      data: readFileSync('test/fixtures/voice/tone-12.2.amr'),
    })
    const page = await startExample('media.ts', { ...wechat.env, PATH: process.env.PATH ?? '' })
    const visitor = newVisitor()
    await travel(wechat, visitor, page)
    const { text } = await visitor.open(`${page}?picture=${picture}&voice=${voice}`)
    const [shown, played] = [...text.matchAll(/src="([^"]+)"/g)].map(
      ([, source = '']) => new URL(source.replaceAll('&amp;', '&'), page).href,
    )
    expect((await visitor.open(shown ?? '')).headers['content-type']).toBe('image/jpeg')
    const sound = await visitor.open(played ?? '')
    expect([sound.status, sound.headers['content-type']]).toEqual([200, 'audio/mpeg'])
    expect((await newVisitor().fetch(shown ?? '')).status).toBe(401)
  })

  it('save-media.ts keeps what a person who is logged in has uploaded', async () => {
    const uploads = mkdtempSync(join(tmpdir(), 'express-wechat-uploads-'))
    onTestFinished(() => rmSync(uploads, { recursive: true }))
    const origin = await startExample('save-media.ts', { ...wechat.env, UPLOADS: uploads })
    const address = `${origin}/memories/${wechat.uploadMedia({ type: 'image', data: JPEG })}`
    const visitor = newVisitor()
    expect((await visitor.fetch(address, { method: 'POST' })).status).toBe(401)
    await travel(wechat, visitor, `${origin}/wechat/auth`)
    const { status, json } = await visitor.fetch(address, { method: 'POST' })
    expect([status, json]).toMatchObject([201, { size: JPEG.length }])
    expect(existsSync(join(uploads, String(Reflect.get(Object(json), 'fileName'))))).toBe(true)
  })

  it('two-accounts.ts keeps the login at each account, with its own openid', async () => {
    const { shop, news, env } = await startTwoAccounts()
    const page = await startExample('two-accounts.ts', env)
    const visitor = newVisitor()
    const openids = [shop, news].map(account => account.people.get('lin-xiaoyu')?.openid)
    expect((await travel(shop, visitor, page)).json).toEqual({ openid: openids[0] })
    expect((await travel(news, visitor, new URL('/news', page).href)).json).toEqual({ openid: openids[1] })
    expect((await visitor.open(page)).json).toEqual({ openid: openids[0] })
    expect(openids[0]).not.toBe(openids[1])
  })
})
