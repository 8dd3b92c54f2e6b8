import { describe, expect, it } from 'vitest'
import { judgeSoak, type Round, type SoakResult } from '../../bench/soak/report.ts'
import { runSoak } from '../../bench/soak.ts'

/** How requests of a kind end, whatever the load is. */
const ENDINGS: Record<string, string> = {
  'visitor: signature': '200',
  'visitor: login': '200',
  'forged state': '400',
  'deep JSON': '400',
  'body of 64 KiB': '400',
  'evil return URL': '400',
  'refused code': '400',
  'medium: html': '502',
  'medium: video': '415',
  'aborted upload': 'left',
}

describe('hostile traffic', () => {
  it('leaves no handle open, gets no 500, and lets ordinary visitors through', {
    timeout: 180_000,
  }, async () => {
    const result = await runSoak({ warmUpMs: 0, rounds: 1, seconds: 3 })
    // Memory is a matter of minutes: the long run judges it.
    const complaints = judgeSoak(result)
    expect(complaints).toEqual([])
    const [round] = result.rounds
    expect(round?.busyHandles).toBeGreaterThan(result.start.handles + 100)
    expect(round?.delayP99Ms).toBeGreaterThan(0)
    // On a busy machine some kinds come to no end within the seconds of this test; those that do end as they must.
    const ended = [...(round?.tally ?? [])].filter(([kind]) => Object.hasOwn(ENDINGS, kind))
    const wrong = ended.filter(([kind, endings]) =>
      [...endings.keys()].some(ending => ending !== ENDINGS[kind]),
    )
    expect(wrong).toEqual([])
    expect(ended.filter(([, endings]) => endings.size > 0).length).toBeGreaterThan(2)
  })
})

describe('judgeSoak', () => {
  const round = (change: Partial<Round> = {}): Round => ({
    rss: 100e6,
    heap: 20e6,
    buffers: 30e6,
    handles: 25,
    busyHandles: 200,
    delayP99Ms: 10,
    errors: [],
    tally: new Map([['visitor: login', new Map([['200', 5]])]]),
    ...change,
  })
  const judge = (...rounds: Round[]) => judgeSoak({ start: round(), rounds } satisfies SoakResult)

  it('accepts a run whose memory and handles stay', () => {
    expect(judge(round(), round({ rss: 200e6 }), round({ rss: 110e6, handles: 30 }))).toEqual([])
  })

  it.each([
    ['memory grows by more than a tenth', [round(), round({ rss: 111e6 })], /RSS grew to 1\.11/],
    ['more than five handles stay open', [round({ handles: 31 })], /31 handles are open, and 25 were/],
    ['handles of the start are gone', [round({ handles: 19 })], /19 handles are open/],
    [
      'an ordinary visitor is refused',
      [round({ tally: new Map([['visitor: login', new Map([['503', 2]])]]) })],
      /visitor: login: 503 \(2 times\)/,
    ],
    [
      'a hostile request is answered with 500',
      [round({ tally: new Map([['deep JSON', new Map([['500', 1]])]]) })],
      /deep JSON: answered with 500/,
    ],
    [
      'an error reaches the app',
      [round({ errors: ['Error: a defect'] })],
      /unexpected error: Error: a defect/,
    ],
    ['no round ends', [], /no round has ended/],
  ])('complains if %s', (_what, rounds, complaint) => {
    expect(judge(...rounds).join()).toMatch(complaint)
  })
})
