import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import type { Phone } from './support/phone.ts'
import { useFixture } from './support/use-fixture.ts'

const merchantKey = 'a-test-key-of-thirty-two-letters'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe.skipIf(!executablePath)('the pay sheet', () => {
  const fixture = useFixture()

  const fields = { timestamp: 1_700_000_000, nonceStr: 'n-1', package: 'prepay_id=wx1' }

  /** Signs as a merchant's server does, written from the platform's rules and not from the simulator. */
  function paySign(signType: string, { timestamp, nonceStr, package: order } = fields): string {
    const { appId } = fixture.simulator
    if (signType === 'RSA') {
      const text = `${appId}\n${timestamp}\n${nonceStr}\n${order}\n`
      return sign('sha256', Buffer.from(text), privateKey).toString('base64')
    }
    const text = `appId=${appId}&nonceStr=${nonceStr}&package=${order}&signType=${signType}&timeStamp=${timestamp}&key=${merchantKey}`
    const digest = signType === 'MD5' ? createHash('md5') : createHmac('sha256', merchantKey)
    return digest.update(text).digest('hex').toUpperCase()
  }

  async function open(payKey?: string): Promise<Phone> {
    const phone = await fixture.openPage({
      settings: { language: 'en', ...(payKey === undefined ? {} : { payKey }) },
    })
    await phone.configure(['chooseWXPay'])
    return phone
  }

  describe.each([
    ['MD5', merchantKey],
    ['HMAC-SHA256', merchantKey],
    ['RSA', publicPem],
  ])('with a key for %s', (signType, payKey) => {
    it('lets a payment succeed if its paySign is valid, and refuses it if its order was changed', async () => {
      const phone = await open(payKey)
      const paid = phone.call('chooseWXPay', { ...fields, signType, paySign: paySign(signType) })
      expect(await phone.control('pay-sign').textContent()).toBe('paySign is valid')
      await phone.control('pay-ok').click()
      expect(await paid).toMatchObject({ how: 'success' })

      const changed = { ...fields, package: 'prepay_id=wx2' }
      const refused = phone.call('chooseWXPay', { ...changed, signType, paySign: paySign(signType) })
      expect(await phone.control('pay-sign').textContent()).toMatch(/not valid/)
      expect(await phone.control('pay-ok').isDisabled()).toBe(true)
      const shown = await phone.control('pay').textContent()
      expect(shown).toContain('prepay_id=wx2')
      expect(shown).not.toContain(payKey)
      expect(phone.warnings.join()).toMatch(/paySign is not valid/)
      expect(phone.warnings.join()).not.toContain(payKey)
      await phone.control('pay-fail').click()
      expect(await refused).toMatchObject({ how: 'fail' })
    })
  })

  it('takes a key in the sheet, and verifies by it', async () => {
    const phone = await open()
    const paid = phone.call('chooseWXPay', { ...fields, signType: 'MD5', paySign: 'WRONG' })
    await phone.control('pay-details').locator('summary').click()
    await phone.control('pay-key').fill(merchantKey)
    await phone.control('pay-check').click()
    expect(await phone.control('pay-sign').textContent()).toMatch(/not valid/)
    expect(await phone.control('pay-ok').isDisabled()).toBe(true)
    await phone.control('cancel').click()
    expect(await paid).toMatchObject({ how: 'cancel' })
  })

  it('says that a sign type or a public key is none', async () => {
    const phone = await open('no key')
    const wrongType = phone.call('chooseWXPay', { ...fields, paySign: 's' })
    expect(await phone.control('pay-sign').textContent()).toMatch(/signType has to be/)
    await phone.control('cancel').click()
    await wrongType
    void phone.call('chooseWXPay', { ...fields, signType: 'RSA', paySign: 's' }).catch(() => undefined)
    expect(await phone.control('pay-sign').textContent()).toMatch(/no public key/)
  })

  it('does not let a preset success hide a wrong paySign', async () => {
    const phone = await fixture.openPage({ settings: { payKey: merchantKey, payResult: 'ok' } })
    await phone.configure(['chooseWXPay'])
    const wrong = { ...fields, signType: 'MD5', paySign: 'WRONG' }
    expect(await phone.call('chooseWXPay', wrong)).toMatchObject({ how: 'fail' })
    const right = { ...fields, signType: 'MD5', paySign: paySign('MD5') }
    expect(await phone.call('chooseWXPay', right)).toMatchObject({ how: 'success' })
  })
})
