import { describe, expect, it } from 'vitest'
import { createLoginStates, type PendingLogin } from '../../../src/login/oauth/login-state.ts'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const account = (appId = 'wx0123456789abcdef', appSecret = '0123456789abcdef'.repeat(2)) =>
  parseAccount('test', { appId, appSecret }, {})

const login: PendingLogin = {
  loginNonce: 'nonce',
  returnUrl: 'https://h5.example.com/a',
  scope: 'snsapi_base',
  isRestart: false,
}

function setUp() {
  const clock = new ManualClock()
  return { clock, states: createLoginStates(account(), clock) }
}

/** Made by another process in the first ten minutes of 1970: id, expiry, kind, commitment, MAC. */
const FIXED = {
  id: '00112233445566778899aabbccddeeff',
  expiry: '00000258',
  kind: '2',
  commitment: '89322cb1888c2eac2283eea30f524516a1bbee00',
  mac: '27b2d823ff3078f557a97006fbb8864a90c037eb',
}

describe('the state of a login', () => {
  it('is 121 hexadecimal digits, another one each time, and begins with its id', () => {
    const { states } = setUp()
    const [first, second] = [states.create(login), states.create(login)]
    expect(first.state).toMatch(/^[0-9a-f]{121}$/)
    expect(first.state.slice(0, 32)).toBe(first.id)
    expect(first.id).not.toBe(second.id)
  })

  it.each([
    { scope: 'snsapi_base', isRestart: false },
    { scope: 'snsapi_base', isRestart: true },
    { scope: 'snsapi_userinfo', isRestart: false },
    { scope: 'snsapi_userinfo', isRestart: true },
    { scope: 'snsapi_base', isRestart: false, mode: 'silent' },
    { scope: 'snsapi_base', isRestart: false, mode: 'renewal' },
    { scope: 'snsapi_base', isRestart: true, mode: 'renewal' },
  ] as const)('tells the kind of login: %j', kind => {
    const { states } = setUp()
    const { state, id } = states.create({ ...login, ...kind })
    expect(states.parse(state)).toEqual({
      mode: 'login',
      ...kind,
      id,
      isExpired: false,
      commitment: state.slice(41, 81),
    })
  })

  it('expires after ten minutes and thirty seconds', () => {
    const { clock, states } = setUp()
    const { state } = states.create(login)
    clock.advance(630_999)
    expect(states.parse(state)?.isExpired).toBe(false)
    clock.advance(1)
    expect(states.parse(state)?.isExpired).toBe(true)
  })

  it('is refused if any of its digits is changed, or missing', () => {
    const { states } = setUp()
    const { state } = states.create(login)
    for (let index = 0; index < state.length; index++) {
      const other = state[index] === '0' ? '1' : '0'
      const changed = state.slice(0, index) + other + state.slice(index + 1)
      expect(states.parse(changed), `digit ${index}`).toBeUndefined()
      expect(states.parse(state.slice(0, index) + state.slice(index + 1)), `without ${index}`).toBeUndefined()
    }
  })

  it('is accepted with text that a browser appended, and with none before it', () => {
    const { states } = setUp()
    const { state, id } = states.create(login)
    for (const appended of ['#', '?x=1', '&from=timeline', '0', ' ']) {
      expect(states.parse(state + appended)?.id).toBe(id)
    }
    for (const before of ['0', ' ', '\n']) expect(states.parse(before + state)).toBeUndefined()
    expect(states.parse(state.toUpperCase())).toBeUndefined()
    for (const foreign of ['', 'x', '/capsule', '__proto__']) expect(states.parse(foreign)).toBeUndefined()
  })

  it('is refused by another account, and by the account with another secret', () => {
    const { clock, states } = setUp()
    const { state } = states.create(login)
    expect(createLoginStates(account(), clock).parse(state)).toBeDefined()
    expect(createLoginStates(account('wxfedcba9876543210'), clock).parse(state)).toBeUndefined()
    expect(createLoginStates(account(undefined, 'f'.repeat(32)), clock).parse(state)).toBeUndefined()
  })

  it('belongs to one browser and one page', () => {
    const { states } = setUp()
    const made = states.parse(states.create(login).state)
    const other = states.parse(states.create(login).state)
    if (!made || !other) throw new Error('the states are not accepted')
    expect(states.isIssuedTo(made, 'nonce', login.returnUrl)).toBe(true)
    expect(states.isIssuedTo(made, '', login.returnUrl)).toBe(false)
    expect(states.isIssuedTo(made, 'nonce2', login.returnUrl)).toBe(false)
    expect(states.isIssuedTo(made, 'nonce', '')).toBe(false)
    expect(states.isIssuedTo(made, 'noncehttps:', '//h5.example.com/a')).toBe(false)
    expect(states.isIssuedTo({ ...made, id: other.id }, 'nonce', login.returnUrl)).toBe(false)
    expect(states.isIssuedTo({ ...made, commitment: '' }, 'nonce', login.returnUrl)).toBe(false)
  })

  it('of another process is accepted: its form is fixed', () => {
    const { states } = setUp()
    const state = Object.values(FIXED).join('')
    const parsed = states.parse(state)
    expect(parsed).toEqual({
      id: FIXED.id,
      isExpired: true,
      scope: 'snsapi_userinfo',
      isRestart: false,
      mode: 'login',
      commitment: FIXED.commitment,
    })
    expect(parsed && states.isIssuedTo(parsed, login.loginNonce, login.returnUrl)).toBe(true)
  })

  it('has an expiry of eight digits at any time', () => {
    const { states } = setUp()
    const early = createLoginStates(account(), { ...new ManualClock(), wallMs: () => 999 })
    const { state } = early.create(login)
    expect(state.slice(32, 40)).toBe(FIXED.expiry)
    expect(states.parse(state)?.isExpired).toBe(true)
  })
})

describe('the signature of a login', () => {
  it('holds for one value and one purpose', () => {
    const { states } = setUp()
    const signature = states.sign('return', 'value')
    expect(signature).toMatch(/^[0-9a-f]{40}$/)
    expect(states.verify('return', 'value', signature)).toBe(true)
    expect(states.verify('return', 'value2', signature)).toBe(false)
    expect(states.verify('other', 'value', signature)).toBe(false)
    expect(states.verify('retur', 'nvalue', signature)).toBe(false)
    for (const wrong of ['', signature.slice(1), `${signature}0`, signature.toUpperCase(), '中'.repeat(40)]) {
      expect(states.verify('return', 'value', wrong)).toBe(false)
    }
  })
})
