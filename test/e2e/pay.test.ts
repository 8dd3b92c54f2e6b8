import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { executablePath, useBrowser } from '../support/chromium.ts'
import { openPhone, startBox } from './support/journey.ts'
import { openApp } from './support/steps.ts'

const payKey = 'a-test-key-of-thirty-two-letters'

describe.skipIf(!executablePath)('the pay sheet of a simulator with payKey', () => {
  const chromium = useBrowser()

  it('accepts a payment with a valid paySign, and refuses a changed one', async () => {
    const box = await startBox({ payKey })
    const phone = await openPhone(chromium.browser)
    await openApp(phone, box)
    expect(await phone.configure(['chooseWXPay'])).toBe('config:ok')

    const order = { timestamp: 1_700_000_000, nonceStr: 'n-1', package: 'prepay_id=wx1', signType: 'MD5' }
    const text = `appId=${box.simulator.appId}&nonceStr=n-1&package=prepay_id=wx1&signType=MD5&timeStamp=1700000000&key=${payKey}`
    const paySign = createHash('md5').update(text).digest('hex').toUpperCase()

    const paid = phone.call('chooseWXPay', { ...order, paySign })
    await phone.control('pay-sign').getByText('paySign 校验通过').waitFor()
    await phone.control('pay-ok').click()
    expect(await paid).toMatchObject({ how: 'success' })

    const refused = phone.call('chooseWXPay', { ...order, package: 'prepay_id=wx2', paySign })
    await phone.control('pay-sign').getByText('paySign 不正确').waitFor()
    expect(await phone.control('pay-ok').isDisabled()).toBe(true)
    await phone.control('pay-fail').click()
    expect(await refused).toMatchObject({ how: 'fail' })
  })
})
