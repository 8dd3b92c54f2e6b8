import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import { useFixture } from './support/use-fixture.ts'

describe.skipIf(!executablePath)('a function for which WeChat opens a view of its own', () => {
  const fixture = useFixture()

  const card = { cardId: 'p1', cardExt: '{"code":"1"}' }
  const payment = { timestamp: 1, nonceStr: 'n', package: 'sendid=1', signType: 'MD5', paySign: 's' }
  const views: [name: string, options: Record<string, unknown>, result: Record<string, unknown>][] = [
    ['openProductSpecificView', { productId: 'p-1' }, {}],
    ['addCard', { cardList: [card] }, { cardList: [{ ...card, isSuccess: true }] }],
    ['openCard', { cardList: [{ cardId: 'p1', code: '12' }] }, {}],
    ['consumeAndShareCard', { cardId: 'p1', code: '12' }, {}],
    ['openEnterpriseRedPacket', payment, {}],
    ['openEnterpriseChat', { userIds: 'a;b', groupName: 'one' }, {}],
    ['launchMiniProgram', { targetAppId: 'wxsim1', path: 'pages/a?b=1' }, {}],
    ['openBusinessView', { businessType: 'score' }, { extraData: {}, errCode: 0 }],
  ]

  it('succeeds if its sheet says so, with what WeChat answers', async () => {
    const phone = await fixture.openPage()
    await phone.configure(views.map(([name]) => name))
    for (const [name, options, result] of views) {
      const called = phone.call(name, options)
      await phone.control('view-ok').click()
      expect(await called, name).toMatchObject({ how: 'success', ...result })
    }
    expect(phone.warnings).toEqual([])
  })

  it('shows what the page handed over and nothing of the signature, and fails or is cancelled', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['launchMiniProgram'])
    for (const [button, how] of [
      ['view-fail', 'fail'],
      ['cancel', 'cancel'],
    ] as const) {
      const called = phone.call('launchMiniProgram', { targetAppId: 'wxsim1', path: 'pages/a?b=1' })
      await phone.control('view').waitFor()
      const shown = await phone.control('view').textContent()
      expect(shown).toContain('pages/a.html?b=1')
      expect(shown).not.toMatch(/verify|appId/)
      await phone.control(button).click()
      expect(await called).toMatchObject({ how })
    }
  })

  it('chooses a card', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['chooseCard'])
    const chosen = phone.call('chooseCard', { cardId: 'p1', timestamp: 1, nonceStr: 'n', cardSign: 's' })
    await phone.control('view-ok').click()
    const { cardList } = await chosen
    expect(JSON.parse(String(cardList))).toMatchObject([{ card_id: 'p1' }])
  })

  it('finds a beacon while a page searches, and no longer', async () => {
    const phone = await fixture.openPage()
    await phone.configure(['startSearchBeacons', 'stopSearchBeacons', 'onSearchBeacons'])
    await phone.run(
      `found = 0; wx.onSearchBeacons({ complete: ({ beacons }) => { found += beacons.length } }); undefined`,
    )
    expect(await phone.call('startSearchBeacons', { ticket: '' })).toMatchObject({ how: 'success' })
    expect(await phone.call('startSearchBeacons')).toMatchObject({ how: 'fail' })
    await phone.page.waitForFunction('found > 0')
    expect(await phone.call('stopSearchBeacons')).toMatchObject({ how: 'success' })
    expect(await phone.call('startSearchBeacons')).toMatchObject({ how: 'success' })
  })

  it('has requestMerchantTransfer on phones, and not in the DevTools', async () => {
    const invoke = `new Promise(resolve => wx.invoke('requestMerchantTransfer', { mchId: '1' }, resolve))`
    const phone = await fixture.openPage()
    await phone.configure(['requestMerchantTransfer'])
    const shown = phone.run(invoke)
    await phone.control('view-ok').click()
    expect(await shown).toEqual({ err_msg: 'requestMerchantTransfer:ok' })
    const devtools = await fixture.openPage({ profile: 'devtools' })
    await devtools.configure(['requestMerchantTransfer'])
    expect(await devtools.run(invoke)).toEqual({ err_msg: 'system:function_not_exist' })
  })
})
