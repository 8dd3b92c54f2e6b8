import type { Response } from 'express'
import type { Clock } from '../../util/clock.js'

/** Writes to the client of a response, and measures how fast the client takes the bytes. */
export interface Receiver {
  readonly res: Response
  /** Returns false if the writer should wait for `drain`. */
  write(data: Buffer | string): boolean
  end(data?: Buffer | string): void
  /**
   * Whether the client has taken less than 16 kB/s in the last ten seconds or a little more. False for the first ten
   * seconds after the first write: the time before it is spent waiting for WeChat.
   */
  isSlow(): boolean
}

const GRACE_MS = 10_000
const SLOW_BYTES_PER_SECOND = 16_000

/** How many bytes the client had taken at some time. */
interface Mark {
  atMs: number
  takenBytes: number
}

export function createReceiver(res: Response, clock: Clock): Receiver {
  let writtenBytes = 0
  /**
   * The marks from which {@link Receiver.isSlow} chooses: `last` is the mark of the last write, and `rolled` holds two
   * earlier ones. After ten seconds these are at least ten seconds apart; before, both are the mark of the first write.
   */
  let marks: { last: Mark; rolled: [Mark, Mark] } | undefined

  /** Returns the number of bytes that have left this process. Those in the kernel's buffers count as taken. */
  function getTakenBytes(): number {
    return Math.max(0, writtenBytes - res.writableLength)
  }

  function note(data: Buffer | string): void {
    const mark = { atMs: clock.monotonicMs(), takenBytes: getTakenBytes() }
    const [, latest] = (marks ?? { rolled: [mark, mark] }).rolled
    const isDue = mark.atMs - latest.atMs >= GRACE_MS
    marks = { last: mark, rolled: isDue || !marks ? [latest, mark] : marks.rolled }
    writtenBytes += data.length
  }

  return {
    res,
    write(data) {
      if (data.length === 0) return true
      note(data)
      // The texts are ASCII. With the default encoding, Node.js would search them for other characters first.
      return typeof data === 'string' ? res.write(data, 'latin1') : res.write(data)
    },
    end(data = '') {
      if (data.length === 0) {
        res.end()
        return
      }
      note(data)
      if (typeof data === 'string') res.end(data, 'latin1')
      else res.end(data)
    },
    isSlow() {
      if (!marks) return false
      const nowMs = clock.monotonicMs()
      const [earlier, later] = marks.rolled
      // The rate is measured from the latest mark that is at least ten seconds old, so that a fast beginning does not
      // hide a slow rest.
      const base = [marks.last, later, earlier].find(({ atMs }) => nowMs - atMs >= GRACE_MS)
      if (!base) return false
      const elapsedMs = nowMs - base.atMs
      const takenBytes = getTakenBytes() - base.takenBytes
      return (takenBytes / elapsedMs) * 1000 < SLOW_BYTES_PER_SECOND
    },
  }
}
