import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { loggerOptions } from '../../../examples/gateway/logging.ts'

function logged(entry: object): string {
  const lines: string[] = []
  pino(loggerOptions('info'), { write: text => void lines.push(text) }).info(entry)
  return lines.join('')
}

describe('the log', () => {
  it.each<[string, object]>([
    ['headers of a request', { req: { headers: { cookie: 'canary', authorization: 'canary' } } }],
    ['headers of an answer', { res: { headers: { 'set-cookie': 'canary' } } }],
    ['headers alone', { headers: { cookie: 'canary' } }],
    ['a query', { req: { query: { code: 'canary' } } }],
    ['a token', { token: 'canary', body: { access_token: 'canary', secret: 'canary' } }],
  ])('shows nothing secret of what somebody may log one day: %s', (_name, entry) => {
    expect(logged(entry)).toContain('[redacted]')
    expect(logged(entry)).not.toContain('canary')
  })

  it('shows the codes of errors', () => {
    expect(logged({ code: 'wechat_refused', failure: { code: 'closed' } })).toMatch(/wechat_refused.*closed/)
  })
})
