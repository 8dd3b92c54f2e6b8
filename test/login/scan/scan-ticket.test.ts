import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenManager } from '../../../src/index.ts'
import { createLoginStates } from '../../../src/login/oauth/login-state.ts'
import { toDeviceCode, toDeviceWords } from '../../../src/login/scan/device-words.ts'
import { createScanTickets, TICKET_SECONDS } from '../../../src/login/scan/scan-ticket.ts'
import { getContext } from '../../../src/tokens/context.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const request = {
  loginNonce: 'nonce',
  returnUrl: 'https://m.example.com/a',
  scope: 'snsapi_base',
  deviceCode: 0x13,
} as const

function ticketsOf(appId: string, appSecret: string) {
  const clock = new ManualClock()
  const { account } = getContext(createTokenManager({ appId, appSecret }))
  return { clock, tickets: createScanTickets(createLoginStates(account, clock), clock) }
}

const { clock, tickets } = ticketsOf('wx1234567890abcdef', 'a'.repeat(32))

describe('a ticket', () => {
  it('is 64 characters of base64url, and carries what it was made of', () => {
    const { ticket, id } = tickets.create({ ...request, scope: 'snsapi_userinfo' })
    expect(ticket).toMatch(/^[A-Za-z0-9_-]{64}$/)
    expect(tickets.parse(ticket)).toMatchObject({ id, scope: 'snsapi_userinfo', deviceCode: 0x13 })
    const remainingMs = (tickets.parse(ticket)?.expiresAt ?? 0) - clock.wallMs()
    expect(remainingMs).toBeGreaterThan((TICKET_SECONDS - 1) * 1000)
    expect(remainingMs).toBeLessThanOrEqual(TICKET_SECONDS * 1000)
  })

  it('is refused if any one bit of it is changed', () => {
    const bytes = Buffer.from(tickets.create(request).ticket, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(tickets.parse(changed.toString('base64url')), `bit ${bit}`).toBeUndefined()
    }
  })

  it('is refused by another account, and with another secret', () => {
    const { ticket } = tickets.create(request)
    expect(ticketsOf('wx1234567890abcdee', 'a'.repeat(32)).tickets.parse(ticket)).toBeUndefined()
    expect(ticketsOf('wx1234567890abcdef', 'b'.repeat(32)).tickets.parse(ticket)).toBeUndefined()
    expect(tickets.parse(ticket)).toBeDefined()
  })

  it('is issued to one browser and one page', () => {
    const ticket = tickets.parse(tickets.create(request).ticket)
    if (!ticket) throw new Error('the ticket is not parsed')
    expect(tickets.isIssuedTo(ticket, 'nonce', request.returnUrl)).toBe(true)
    expect(tickets.isIssuedTo(ticket, 'other', request.returnUrl)).toBe(false)
    expect(tickets.isIssuedTo(ticket, 'nonce', 'https://m.example.com/b')).toBe(false)
    expect(tickets.isIssuedTo(ticket, '', '')).toBe(false)
  })

  it('is undefined for any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]{64}$/)), text => {
        expect(tickets.parse(text)).toBeUndefined()
      }),
    )
  })
})

describe('the two digits', () => {
  it('are the same for one ticket, differ between tickets, and do not stand in it', () => {
    const digits = Array.from({ length: 400 }, () => tickets.digitsOf(tickets.create(request)))
    expect(digits.every(text => /^[0-9]{2}$/.test(text))).toBe(true)
    // Of 100 values, 400 draws miss about two.
    expect(new Set(digits).size).toBeGreaterThan(80)
    const { id } = tickets.create(request)
    expect(tickets.digitsOf({ id })).toBe(tickets.digitsOf({ id }))
    const other = ticketsOf('wx1234567890abcdef', 'b'.repeat(32)).tickets
    const ids = Array.from({ length: 50 }, () => tickets.create(request).id)
    expect(ids.some(one => tickets.digitsOf({ id: one }) !== other.digitsOf({ id: one }))).toBe(true)
  })
})

describe('the words for a device', () => {
  const ua = (system: string, rest: string) =>
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) ${rest}`
  it.each([
    ['Chrome 浏览器', 'Windows 电脑', ua('Windows NT 10.0; Win64; x64', 'Chrome/140.0.0.0 Safari/537.36')],
    ['Edge 浏览器', 'Windows 电脑', ua('Windows NT 10.0', 'Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0')],
    ['Safari 浏览器', 'Mac 电脑', ua('Macintosh; Intel Mac OS X 10_15_7', 'Version/18.0 Safari/605.1.15')],
    [
      'Firefox 浏览器',
      'Linux 电脑',
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ],
    ['Safari 浏览器', 'iPhone 或 iPad', ua('iPad; CPU OS 17_0 like Mac OS X', 'Version/17.0 Safari/604.1')],
    ['其他浏览器', '其他系统', ''],
  ])('are %s and %s', (browser, system, userAgent) => {
    expect(toDeviceWords(toDeviceCode(userAgent), 'zh')).toEqual({ browser, system })
  })

  it('come from a fixed list, whatever the User-Agent says', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 0, max: 255 }), (text, code) => {
        const words = toDeviceWords(toDeviceCode(`${text} Chrome/1`), 'en')
        expect(words.browser).not.toContain(text === '' ? '\0' : `${text} `)
        expect(toDeviceCode(text)).toBeLessThan(256)
        expect(toDeviceWords(code, 'zh').browser).toMatch(/浏览器$/)
      }),
    )
  })
})
