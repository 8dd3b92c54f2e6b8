import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decryptText,
  encryptText,
  signParts,
} from '../../../../src/simulator/platform/messages/push-cipher.ts'
import { parsePushSettings } from '../../../../src/simulator/platform/messages/push-settings.ts'
import { readAnswer } from '../../../../src/simulator/platform/messages/read-answer.ts'

// What WeChat's documentation gives as its example of a push in secure mode.
const TOKEN = 'AAAAA'
const ENCODING_AES_KEY = 'A'.repeat(43)
const APP_ID = 'wxba5fad812f8e6fb9'
const ENCRYPTED =
  '+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04='

const aesKey = Buffer.from(`${ENCODING_AES_KEY}=`, 'base64')

describe('the simulator’s own signing and encryption', () => {
  it('signs as the official examples do', () => {
    expect(signParts(TOKEN, '1714036504', '1514711492')).toBe('f464b24fc39322e44b38aa78f5edd27bd1441696')
    expect(signParts(TOKEN, '1714112445', '415670741', ENCRYPTED)).toBe(
      '046e02f8204d34f8ba5fa3b1db94908f3df2e9b3',
    )
  })

  it('decrypts the official example', () => {
    expect(JSON.parse(decryptText(ENCRYPTED, APP_ID, aesKey))).toEqual({
      ToUserName: 'gh_97417a04a28d',
      FromUserName: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
      CreateTime: 1_714_112_445,
      MsgType: 'event',
      Event: 'debug_demo',
      debug_str: 'hello world',
    })
    expect(() => decryptText(ENCRYPTED, 'wxanother', aesKey)).toThrow('the app id inside')
  })

  it('decrypts what it encrypts, for texts of every length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), text => {
        expect(decryptText(encryptText(text, APP_ID, aesKey), APP_ID, aesKey)).toBe(text)
      }),
    )
  })

  it('says what is wrong with any other bytes', () => {
    fc.assert(
      fc.property(fc.base64String(), text => {
        expect(() => decryptText(text, APP_ID, aesKey)).toThrow(/"Encrypt"/)
      }),
    )
  })
})

it('whatever an app answers is read, or refused with a reason', () => {
  const formats = fc.constantFrom('xml' as const, 'json' as const)
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    fc.string().map(text => `<xml><MsgType>text</MsgType><Content>${text}</Content></xml>`),
  )
  fc.assert(
    fc.property(formats, bodies, (format, body) => {
      const settings = parsePushSettings({ url: 'http://127.0.0.1/push', token: TOKEN, format })
      const context = { settings, appId: APP_ID, accountId: 'gh_1', openid: 'o1', assertMedium: () => {} }
      const read = () => readAnswer(body, context)
      if (body === '' || body === 'success') expect(read()).toBeUndefined()
      else expect(read).toThrow(/^(?:the answer|"ToUserName")/)
    }),
  )
})
