import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { call, post, simulate } from '../../support.ts'

const merchantKey = 'a-test-key-of-thirty-two-letters'
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()

const order = { appId: 'wxsim1', timeStamp: '1700000000', nonceStr: 'n-1', package: 'prepay_id=wx1' }
const path = '/simulator/page/pay-sign'

/** Signs as a merchant's server does, written from the platform's rules and not from the simulator. */
function paySign(signType: string): string {
  const { appId, timeStamp, nonceStr, package: prepay } = order
  if (signType === 'RSA') {
    const lines = Buffer.from(`${appId}\n${timeStamp}\n${nonceStr}\n${prepay}\n`)
    return sign('sha256', lines, privateKey).toString('base64')
  }
  const text = `appId=${appId}&nonceStr=${nonceStr}&package=${prepay}&signType=${signType}&timeStamp=${timeStamp}&key=${merchantKey}`
  const digest = signType === 'MD5' ? createHash('md5') : createHmac('sha256', merchantKey)
  return digest.update(text).digest('hex').toUpperCase()
}

describe('the payKey of the simulator', () => {
  it.each([
    ['MD5', merchantKey],
    ['HMAC-SHA256', merchantKey],
    ['RSA', publicPem],
  ])('verifies paySign by %s, and refuses a changed order', async (signType, payKey) => {
    const simulator = await simulate({ payKey })
    const payment = { ...order, signType, paySign: paySign(signType) }
    expect((await post(simulator, path, payment)).body).toMatchObject({ signature: { isValid: true } })

    const changed = await post(simulator, path, { ...payment, package: 'prepay_id=wx2' })
    expect(changed.body).toMatchObject({
      signature: { isValid: false, signedText: expect.stringContaining('wx2') },
    })
  })

  it('says that a sign type or a public key is not one', async () => {
    const simulator = await simulate({ payKey: merchantKey })
    const unknown = await post(simulator, path, { ...order, paySign: 'A' })
    expect(unknown.body).toMatchObject({ signature: { isValid: false, reason: 'sign type' } })
    const noPem = await post(simulator, path, { ...order, signType: 'RSA', paySign: 'A' })
    expect(noPem.body).toMatchObject({ signature: { isValid: false, reason: 'key' } })
  })

  it('verifies nothing without a key', async () => {
    const simulator = await simulate()
    const { body } = await post(simulator, path, { ...order, signType: 'MD5', paySign: 'A' })
    expect(body).toEqual({})
  })

  it('stays in the server: no answer, script or saved state holds it', async () => {
    const simulator = await simulate({ payKey: merchantKey })
    const answers = await Promise.all([
      post(simulator, path, { ...order, signType: 'MD5', paySign: 'A' }),
      call(simulator, '/simulator/jweixin.js'),
      call(simulator, '/simulator/dashboard'),
      call(simulator, '/'),
    ])
    const texts = [...answers.map(({ text }) => text), JSON.stringify(simulator.exportState())]
    expect(texts.filter(text => text.includes(merchantKey))).toEqual([])
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  it('is refused by the factory if it is empty, without being repeated', async () => {
    await expect(simulate({ payKey: '' })).rejects.toThrow(/simulator: "payKey" must be/)
  })
})
