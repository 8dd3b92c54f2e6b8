import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningCapsule, startCapsule, type Visitor } from './support/running-capsule.ts'

const dayMs = 86_400_000
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(70_000, 7)])
const recording = readFileSync(new URL('../../fixtures/voice/tone-12.2.amr', import.meta.url))

// New Year's Eve, 23:30 in Shanghai.
const now = '2026-12-31T15:30:00Z'
let capsule: RunningCapsule
let lin: Visitor
let wang: Visitor

beforeAll(async () => {
  capsule = await startCapsule({ now })
  lin = await capsule.visitor('lin-xiaoyu')
  wang = await capsule.visitor('wang-jianguo')
})

afterAll(() => capsule.close())

function seal(visitor: Visitor, changes: Record<string, unknown> = {}) {
  return visitor
    .post('/api/capsules')
    .send({ letter: '新年快乐', opensOn: '2027-01-05', timeZone: 'Asia/Shanghai', ...changes })
}

describe('sealing', () => {
  it('answers with the capsule, and keeps the letter to itself', async () => {
    const { status, body } = await seal(lin, { letter: '  别忘了带伞  ' })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(String),
      opensOn: '2027-01-05',
      sealedOn: '2026-12-31',
      daysLeft: 5,
      hasPhoto: false,
      hasVoice: false,
      state: 'sealed',
    })
    const list = await lin.get('/api/capsules?timeZone=Asia/Shanghai')
    const one = await lin.get(`/api/capsules/${body.id}`)
    expect(list.text + one.text).not.toContain('别忘了带伞')
  })

  it('takes the days of the writer’s calendar', async () => {
    // In Auckland the new year has begun, so that January 1 is today.
    const refused = await seal(lin, { opensOn: '2027-01-01', timeZone: 'Pacific/Auckland' })
    expect(refused.body).toEqual({
      status: 400,
      msg: '开启的日子要在今天之后',
      data: { reason: 'day_not_ahead' },
    })
    const { body } = await seal(lin, { opensOn: '2027-01-01', timeZone: 'America/New_York' })
    expect(body.daysLeft).toBe(1)
    const { body: inShanghai } = await seal(lin, { opensOn: '2027-01-01', timeZone: undefined })
    expect(inShanghai).toMatchObject({ sealedOn: '2026-12-31', daysLeft: 1 })
  })

  it.each([
    ['no letter', { letter: undefined }, 'bad_letter'],
    ['a letter of spaces', { letter: ' \n ' }, 'bad_letter'],
    ['a letter that is too long', { letter: '长'.repeat(5_001) }, 'bad_letter'],
    ['a letter that is no text', { letter: ['a'] }, 'bad_letter'],
    ['no day', { opensOn: undefined }, 'bad_opensOn'],
    ['a day that does not exist', { opensOn: '2027-02-29' }, 'bad_opensOn'],
    ['a day with a time', { opensOn: '2027-02-01T00:00:00Z' }, 'bad_opensOn'],
    ['today', { opensOn: '2026-12-31' }, 'day_not_ahead'],
    ['the past', { opensOn: '2020-01-01' }, 'day_not_ahead'],
    ['the year 2200', { opensOn: '2200-01-01' }, 'day_too_far'],
    ['a time zone that does not exist', { timeZone: 'Mars/Base' }, 'bad_timeZone'],
    ['a localId', { imageServerId: 'weixin://resourceid/abc' }, 'bad_imageServerId'],
  ])('refuses %s', async (_name, changes, reason) => {
    const { status, body } = await seal(lin, changes)
    expect(status).toBe(400)
    expect(body).toEqual({ status: 400, msg: expect.stringMatching(/[\u4e00-\u9fff]/), data: { reason } })
  })

  it.each(['{"letter":', '[]', 'null', '7'])('refuses the body %s', async text => {
    const { status, body } = await lin.post('/api/capsules').type('json').send(text)
    expect(status).toBe(400)
    expect(body.msg).toMatch(/[\u4e00-\u9fff]/)
  })

  it('refuses a form of another site', async () => {
    const { status } = await lin.post('/api/capsules').type('form').send('letter=x&opensOn=2027-02-01')
    expect(status).toBe(400)
  })
})

describe('photographs and voices', () => {
  it.each([
    ['imageServerId', 'photo_gone'],
    ['voiceServerId', 'voice_gone'],
  ])('are named if WeChat has deleted them: %s', async (field, reason) => {
    const { status, body } = await seal(lin, { [field]: 'no-longer-there' })
    expect([status, body.data]).toEqual([400, { reason }])
  })

  it('outlive what WeChat keeps', async () => {
    const own = await startCapsule({ now })
    const visitor = await own.visitor('lin-xiaoyu')
    const imageServerId = own.simulator.uploadMedia({ type: 'image', data: jpeg })
    const voiceServerId = own.simulator.uploadMedia({ type: 'voice', data: recording })
    const { body: sealed } = await seal(visitor, { imageServerId, voiceServerId })
    expect(sealed).toMatchObject({ hasPhoto: true, hasVoice: true })

    own.simulator.advance(5 * dayMs)
    const gone = await visitor.get(`/wechat/offiaccount/media?media_id=${imageServerId}`)
    expect(gone.status).toBe(400)
    await visitor.post(`/api/capsules/${sealed.id}/open`).expect(200)

    const photo = await visitor.get(`/api/capsules/${sealed.id}/photo`)
    expect(photo.headers['content-type']).toBe('image/jpeg')
    expect(photo.body.equals(jpeg)).toBe(true)

    const { body: opened } = await visitor.get(`/api/capsules/${sealed.id}`)
    expect(opened.voiceSeconds).toBeCloseTo(1.5, 0)
    const voice = await visitor.get(`/api/capsules/${sealed.id}/voice`)
    expect(voice.headers['content-type']).toMatch(/^audio\/(mpeg|wav)$/)
    expect(Number(voice.headers['content-length'])).toBeGreaterThan(1_000)
    await own.close()
  })

  it('a photograph that WeChat no longer has is the person’s to mend, and nothing is sealed', async () => {
    const before = capsule.store.listOf(openidOf('lin-xiaoyu')).length
    const { status, body } = await seal(lin, { imageServerId: 'gone' })
    expect(status).toBe(400)
    expect(body.msg).toMatch(/过期|重新/)
    expect(capsule.store.listOf(openidOf('lin-xiaoyu'))).toHaveLength(before)
  })

  it('a voice is no photograph', async () => {
    const imageServerId = capsule.simulator.uploadMedia({ type: 'voice', data: recording })
    const { body } = await seal(lin, { imageServerId })
    expect(body).toMatchObject({ status: 400, data: { reason: 'no_photo' } })
  })

  it('a damaged voice, and a photograph in its place, are refused', async () => {
    const noise = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(500, 0xff)])
    for (const upload of [
      { type: 'voice', data: noise },
      { type: 'image', data: jpeg },
    ] as const) {
      const { body } = await seal(lin, { voiceServerId: capsule.simulator.uploadMedia(upload) })
      expect(body).toMatchObject({ status: 400, data: { reason: 'no_voice' } })
    }
  })

  it('parts are sent to players that ask for them', async () => {
    const own = await startCapsule({ now })
    const visitor = await own.visitor('lin-xiaoyu')
    const imageServerId = own.simulator.uploadMedia({ type: 'image', data: jpeg })
    const { body: sealed } = await seal(visitor, { imageServerId, opensOn: '2027-01-01' })
    own.simulator.advance(dayMs)
    await visitor.post(`/api/capsules/${sealed.id}/open`)
    const path = `/api/capsules/${sealed.id}/photo`

    const part = await visitor.get(path).set('Range', 'bytes=2-5')
    expect(part.status).toBe(206)
    expect(part.headers['content-range']).toBe(`bytes 2-5/${jpeg.length}`)
    expect(part.body.equals(jpeg.subarray(2, 6))).toBe(true)
    await visitor.get(path).set('Range', `bytes=${jpeg.length}-`).expect(416)
    await own.close()
  })
})

describe('opening', () => {
  it('happens on the day, not a minute before', async () => {
    const own = await startCapsule({ now })
    const visitor = await own.visitor('lin-xiaoyu')
    const { body: sealed } = await seal(visitor, { letter: '到点了', opensOn: '2027-01-01' })
    const path = `/api/capsules/${sealed.id}`

    own.simulator.advance(29 * 60_000)
    const early = await visitor.post(`${path}/open`)
    expect(early.body).toEqual({
      status: 403,
      msg: '还没到开启的日子，再等 1 天吧',
      data: { reason: 'too_early' },
    })
    own.simulator.advance(60_000)
    expect((await visitor.get(path)).body).toMatchObject({ state: 'ready', daysLeft: 0 })
    const opened = await visitor.post(`${path}/open`)
    expect(opened.body).toMatchObject({ state: 'opened', letter: '到点了', openedOn: '2027-01-01' })
    own.simulator.advance(40 * dayMs)
    expect((await visitor.post(`${path}/open`)).body).toEqual(opened.body)
    await own.close()
  })

  it('photographs stay in a capsule that nobody has opened', async () => {
    const imageServerId = capsule.simulator.uploadMedia({ type: 'image', data: jpeg })
    const { body } = await seal(lin, { imageServerId })
    const { status } = await lin.get(`/api/capsules/${body.id}/photo`)
    expect(status).toBe(403)
  })
})

describe('other people’s capsules', () => {
  it('do not exist', async () => {
    const { body: sealed } = await seal(lin)
    const path = `/api/capsules/${sealed.id}`
    for (const answer of [
      await wang.get(path),
      await wang.post(`${path}/open`),
      await wang.get(`${path}/photo`),
      await wang.get(`${path}/voice`),
    ]) {
      expect(answer.status).toBe(404)
      expect(answer.body).toEqual({ status: 404, msg: '没有找到这个胶囊', data: { reason: 'not_found' } })
    }
    expect((await wang.get('/api/capsules')).body.capsules).toEqual([])
  })
})

function openidOf(personId: string): string {
  return capsule.simulator.people.get(personId)?.openid ?? ''
}
