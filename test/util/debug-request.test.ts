import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describePath, noteOutcome, traceHandler } from '../../src/util/debug-request.ts'

function requestOf(url: string, originalUrl?: string): IncomingMessage {
  const req = Object.assign(new IncomingMessage(new Socket()), { url })
  return originalUrl === undefined ? req : Object.assign(req, { originalUrl })
}

describe('the path in a debug line', () => {
  it.each([
    ['/wechat/auth/code?code=abc&state=def', '/wechat/auth/code'],
    ['/capsule#/letters', '/capsule'],
    ['/photos/123', '/photos/123'],
    ['/people/oABCDEFGHIJKLMNOPQRSTUVWXYZ1', '/people/*'],
    ['/capsule;jsessionid=0123456789', '/capsule'],
    ['http://user:password@example.com/capsule', '*'],
    ['*', '*'],
    ['/caf\u00e9\n/x', '/caf__/x'],
  ])('of %j is %s', (url, path) => {
    expect(describePath(requestOf(url))).toBe(path)
  })

  it('is the one that the client sent, also in a router that is mounted below a path', () => {
    expect(describePath(requestOf('/auth', '/wechat/auth?state=x'))).toBe('/wechat/auth')
  })

  it('holds visible ASCII of a path alone, whatever is sent', () => {
    const anyUrl = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
      fc.webPath().map(path => `${path}?a=${path}`),
    )
    fc.assert(
      fc.property(anyUrl, url => {
        const path = describePath(requestOf(url))
        expect(path).toMatch(/^[\x21-\x7e]{0,200}$/)
        expect(path).not.toMatch(/[?#;]|[^/]{20}/)
      }),
      { numRuns: 1_000 },
    )
  })
})

it('without NODE_DEBUG a handler is not wrapped, and no outcome is kept', () => {
  const handler = () => {}
  noteOutcome({}, 'passed')
  expect(traceHandler(handler)).toBe(handler)
})
