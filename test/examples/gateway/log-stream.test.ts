import { Writable } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createLogStream } from '../../../examples/gateway/log-stream.ts'
import { createLogger } from '../../../examples/gateway/logging.ts'

/** Takes one chunk, and the next when its reader has read. */
function createSlowTarget() {
  const taken: string[] = []
  const waiting: ((error?: Error) => void)[] = []
  const target = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      taken.push(String(chunk))
      waiting.push(done)
    },
  })
  return {
    target,
    taken,
    async readAll(error?: Error) {
      for (let done = waiting.shift(); done; done = waiting.shift()) {
        done(error)
        await new Promise(setImmediate)
      }
    },
  }
}

afterEach(() => void vi.useRealTimers())

describe('the stream of the log', () => {
  it('holds back no more than its limit, and counts the lines that it drops', () => {
    const { target } = createSlowTarget()
    const stream = createLogStream(target, 100)
    for (let n = 0; n < 50; n++) stream.write('0123456789')
    expect(target.writableLength).toBe(100)
    expect(stream.droppedLines).toBe(40)
  })

  it('reports dropped lines once, when its reader takes lines again', async () => {
    const { target, readAll } = createSlowTarget()
    const stream = createLogStream(target, 100)
    const report = vi.fn<(lines: number) => void>()
    stream.onDropped(report)
    for (let n = 0; n < 50; n++) stream.write('0123456789')
    expect(report).not.toHaveBeenCalled()
    await readAll()
    expect(report.mock.calls).toEqual([[40]])
  })

  it('reports them in a line of the log, on the level of errors too', async () => {
    const { target, taken, readAll } = createSlowTarget()
    const logger = createLogger('error', createLogStream(target, 500))
    for (let n = 0; n < 50; n++) logger.error('0123456789')
    const accepted = Math.floor(500 / (taken[0]?.length ?? 0))
    await readAll()
    expect(taken).toHaveLength(accepted + 1)
    expect(JSON.parse(taken.at(-1) ?? '')).toMatchObject({ level: 50, droppedLines: 50 - accepted })
  })

  it('counts the lines that a reader which has gone away did not get, and throws nothing', async () => {
    const { target, readAll } = createSlowTarget()
    const stream = createLogStream(target, 100)
    stream.write('0123456789')
    await readAll(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    stream.write('0123456789')
    await vi.waitFor(() => expect(stream.droppedLines).toBe(2))
  })

  it('is flushed when all lines are written', async () => {
    const { target, taken, readAll } = createSlowTarget()
    const stream = createLogStream(target)
    for (const line of ['a', 'b', 'c']) stream.write(line)
    const flushed = stream.flush(60_000)
    await readAll()
    await flushed
    expect(taken.join('')).toBe('abc')
    await stream.flush(60_000)
  })

  it('gives up a flush after the given time if nobody reads', async () => {
    vi.useFakeTimers()
    const stream = createLogStream(createSlowTarget().target)
    stream.write('a')
    const isFlushed = vi.fn<() => void>()
    const flushed = stream.flush(300).then(isFlushed)
    await vi.advanceTimersByTimeAsync(299)
    expect(isFlushed).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await flushed
  })
})
