import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  detectPushFormat,
  parsePushText,
  readParsedPush,
  writePushBody,
} from '../../../src/push/wire/push-body.ts'

const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown

describe('the body of a push', () => {
  it.each([
    ['text/xml', '{}', 'xml'],
    ['application/xml; charset=utf-8', '{}', 'xml'],
    ['application/json', '<xml/>', 'json'],
    ['text/plain', ' <xml/>', 'xml'],
    [undefined, '{}', 'json'],
  ] as const)('of the type %j that begins with %s is %s', (type, text, format) => {
    expect(detectPushFormat(type, text)).toBe(format)
  })

  it('in XML gives texts, nested fields, and a list for a name that comes twice', () => {
    const text = `<?xml version="1.0"?>
      <xml><A><![CDATA[a <b> & ]]]]><![CDATA[> c]]></A><B>1 &amp; 2</B>
      <C><D>x</D><D>y</D></C><E/></xml>`
    expect(plain(parsePushText(text, 'xml'))).toEqual({
      A: 'a <b> & ]]> c',
      B: '1 & 2',
      C: { D: ['x', 'y'] },
      E: '',
    })
  })

  it('in XML may hold control characters, which are left out', () => {
    expect(plain(parsePushText('<xml><A><![CDATA[a\u0000\u0008b😀]]></A></xml>', 'xml'))).toEqual({
      A: 'ab😀',
    })
  })

  it('in XML can name a field like a property of objects', () => {
    const fields = parsePushText('<xml><__proto__><a>1</a></__proto__><toString>2</toString></xml>', 'xml')
    expect(Object.keys(fields)).toEqual(['__proto__', 'toString'])
    expect(({} as { a?: unknown }).a).toBeUndefined()
  })

  it('in XML takes no more time for one name many times than for as many names', () => {
    const measure = (name: (index: number) => string) => {
      const children = Array.from({ length: 16_000 }, (_, index) => `<${name(index)}/>`)
      const startedAt = performance.now()
      parsePushText(`<xml>${children.join('')}</xml>`, 'xml')
      return performance.now() - startedAt
    }
    measure(index => `a${index}`)
    expect(measure(() => 'a')).toBeLessThan(4 * measure(index => `a${index}`))
  })

  it.each([
    ['a DTD', '<!DOCTYPE xml><xml><A>1</A></xml>'],
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><A>&b;</A></xml>'],
    ['an external entity', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>'],
    ['an unknown entity', '<xml><A>&nbsp;</A></xml>'],
    ['an open element', '<xml><A>1</xml>'],
    ['no fields', '<xml>1</xml>'],
    ['thousands of levels', `${'<a>'.repeat(9_000)}${'</a>'.repeat(9_000)}`],
    ['eleven levels', `${'<a>'.repeat(12)}${'</a>'.repeat(12)}`],
    ['JSON', '{"A":1}'],
    ['nothing', ''],
  ])('in XML is refused with %s', (_name, text) => {
    expect(() => parsePushText(text, 'xml')).toThrow()
  })

  it.each(['<xml><A>1</A></xml>', '[1]', '1', 'null', ''])('in JSON is refused if it is %j', text => {
    expect(() => parsePushText(text, 'json')).toThrow()
  })

  it('in JSON keeps a message id beyond 2^53 digit for digit', () => {
    expect(parsePushText('{"MsgId":24559735316451987}', 'json')).toEqual({ MsgId: '24559735316451987' })
  })

  it('brings back any text in both formats', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(']]>', '<![CDATA[', '', '&amp;'),
        (text, more) => {
          const content = `${text}${more}${text}`
          for (const format of ['xml', 'json'] as const) {
            expect(
              plain(parsePushText(writePushBody({ Content: content, N: { M: 1 } }, format), format)),
            ).toEqual({
              Content: content,
              N: { M: format === 'xml' ? '1' : 1 },
            })
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    ['a JSON parser', { A: '1' }, 'application/json', 'json'],
    ['an XML parser that keeps the root', { xml: { A: '1' } }, undefined, 'xml'],
    ['an XML parser that keeps the declaration too', { '?xml': '', xml: { A: '1' } }, 'text/xml', 'xml'],
    ['an XML parser that makes lists', { xml: { A: ['1'] } }, 'text/xml', 'xml'],
    ['an XML parser that drops the root', { A: '1' }, 'text/xml; charset=utf-8', 'xml'],
    ['an XML parser that does both', { A: ['1'] }, 'application/xml', 'xml'],
  ] as const)('is taken from %s', (_name, body, contentType, format) => {
    expect(readParsedPush(body, contentType)).toEqual({ fields: { A: '1' }, format })
  })
})
