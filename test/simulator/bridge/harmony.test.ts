import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import { useFixture } from './support/use-fixture.ts'

describe.skipIf(!executablePath)('a HarmonyOS phone', () => {
  const fixture = useFixture()

  it('never calls wx.error, because its version counts as older than 6.0.2', async () => {
    fixture.site.signs = () => 'https://somewhere.else/'
    const phone = await fixture.openPage({ profile: 'harmony' })
    // The page's own code, which goes by wx.error alone, takes the refusal for a consent.
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
    expect(await phone.run('__wxsim.state.verdict.isAccepted')).toBe(false)
    expect(await phone.call('chooseImage')).toMatchObject({ errMsg: 'chooseImage:permission denied' })
  })

  it.each([
    ['object', { getLocation: true }],
    ['text', '{"geoLocation":true}'],
  ] as const)('gives lists and objects as %s', async (harmonyEncoding, checkResult) => {
    const phone = await fixture.openPage({ profile: 'harmony', settings: { harmonyEncoding } })
    await phone.configure(['getLocation', 'chooseImage'])
    expect(await phone.call('checkJsApi', { jsApiList: ['getLocation'] })).toMatchObject({ checkResult })
    const chosen = phone.call('chooseImage', { count: 1 })
    await phone.control('sample-1').click()
    await phone.control('done').click()
    expect(typeof (await chosen).localIds).toBe(harmonyEncoding === 'text' ? 'string' : 'object')
  })
})

describe.skipIf(!executablePath)('the DevTools', () => {
  const fixture = useFixture()

  it('answer wx.config in the words of wx, and verify the current address', async () => {
    const phone = await fixture.openPage({ profile: 'devtools' })
    await phone.run(`history.pushState({}, '', '/deep/route')`)
    expect(await phone.configure(['chooseImage'])).toBe('config:ok')
    expect(await phone.run('__wxsim.calls[0].reply')).toEqual({ errMsg: 'config:ok' })
  })
})
