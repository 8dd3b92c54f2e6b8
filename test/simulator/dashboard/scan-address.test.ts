import { describe, expect, it } from 'vitest'
import { toComputerAddress, toPhoneAddress } from '../../../src/simulator/dashboard/phone/scan-address.ts'

describe('the address that the phone opens', () => {
  it.each([
    ['http://localhost:3000/wechat/auth/scan/x', '127.0.0.1', 'http://127.0.0.1:3000/wechat/auth/scan/x'],
    ['http://127.0.0.1:3000/a?b=c#d', '127.0.0.1', 'http://127.0.0.1:3000/a?b=c#d'],
    ['http://127.0.0.1:3000/a', 'localhost', 'http://localhost:3000/a'],
    ['https://m.example.com/a', '127.0.0.1', 'https://m.example.com/a'],
    ['http://localhost:3000/a', 'dev.example.com', 'http://localhost:3000/a'],
    ['not an address', '127.0.0.1', 'not an address'],
  ])('of %s, scanned at %s, is %s', (scanned, host, expected) => {
    expect(toPhoneAddress(scanned, host)).toBe(expected)
  })
})

describe('the address for a computer', () => {
  it.each([
    ['http://127.0.0.1:3000/', '127.0.0.1', 'http://localhost:3000/'],
    ['http://localhost:3000/', 'localhost', 'http://127.0.0.1:3000/'],
    ['https://m.example.com/', '127.0.0.1', 'https://m.example.com/'],
    ['', '127.0.0.1', ''],
  ])('of %s, beside a dashboard at %s, is %s', (url, host, expected) => {
    expect(toComputerAddress(url, host)).toBe(expected)
  })
})
