import fc from 'fast-check'

export const HOST = 'https://h5.example.com'
export const LISTED = 'https://shop.example.com'

const SEPARATORS = ['/', '//', '///', '\\', '/\\', '.', '..', ':', '@', '#', '?', '&', '=', '+', ';', '|']
const ESCAPES = [
  '%2f',
  '%2F%2f',
  '%5c',
  '%09',
  '%00',
  '%0d%0a',
  '%2e%2e',
  '%25',
  '%252f',
  '%40',
  '%u2215',
  '%',
]
const CONTROLS = [
  '\t',
  '\n',
  '\r',
  '\0',
  '\v',
  '\f',
  '\x7f',
  '\x85',
  ' ',
  '\u00a0',
  '\u2028',
  '\u3000',
  '\ufeff',
]
const LOOKALIKES = [
  '。',
  '．',
  '｡',
  '／',
  '＼',
  '⁄',
  '∕',
  '：',
  '＠',
  '＃',
  'ⓗ5',
  'h５',
  '\u00ad',
  '\u200b',
  '\ud800',
  '雨',
]
const SCHEMES = [
  'http:',
  'https:',
  'HTTPS:',
  'javascript:',
  'data:',
  'blob:',
  'file:',
  'weixin:',
  'view-source:',
]
const HOSTS = [
  'h5.example.com',
  'shop.example.com',
  'evil.test',
  'evil.test.',
  '[::1]',
  '127.0.0.1',
  '2130706433',
  HOST,
  LISTED,
]
const PATHS = [
  'wechat',
  'auth',
  'code',
  'AUTH',
  '/wechat/auth',
  '/wechat/auth/code',
  '/page',
  '?state=',
  '"',
  '<',
  "'",
  '`',
  '{',
]

/** Pieces of addresses that parsers disagree about. */
const piece = fc.constantFrom(
  ...SEPARATORS,
  ...ESCAPES,
  ...CONTROLS,
  ...LOOKALIKES,
  ...SCHEMES,
  ...HOSTS,
  ...PATHS,
)
const pieces = fc
  .array(fc.oneof({ arbitrary: piece, weight: 4 }, fc.string({ unit: 'binary', maxLength: 3 })), {
    maxLength: 12,
  })
  .map(parts => parts.join(''))
const start = fc.constantFrom(HOST, LISTED, `${HOST}/`, `${LISTED}/`, '/', '//', 'https://', '')

/** Whatever an attacker can give as an address; well formed, since a browser encodes nothing else. */
export const address: fc.Arbitrary<string> = fc
  .oneof(
    pieces,
    fc.tuple(start, pieces).map(parts => parts.join('')),
    fc.tuple(start, fc.string({ unit: 'binary', maxLength: 40 })).map(parts => parts.join('')),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.webPath(),
  )
  .map(text => text.toWellFormed())

export const anyText: fc.Arbitrary<string> = fc
  .string({ unit: 'binary', maxLength: 200 })
  .map(text => text.toWellFormed())

/** The characters that a header can have on the wire. */
export const headerText: fc.Arbitrary<string> = fc
  .oneof(
    address,
    fc.string({ unit: fc.constantFrom(...'abhtps019.%:;,=/"\\@?#[]() +_-*'), maxLength: 60 }),
    fc.string({ unit: 'binary-ascii', maxLength: 60 }),
  )
  .map(text =>
    Buffer.from(text)
      .toString('latin1')
      .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
      .trim(),
  )
