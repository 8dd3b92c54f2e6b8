import { once } from 'node:events'
import type { Response } from 'express'

/**
 * Writes a source at the pace of the receiver, and ends the answer. Where the source fails, the answer is
 * destroyed, so that a part of it can't be taken for the whole.
 */
export async function writeAll(res: Response, source: AsyncIterable<string | Buffer>): Promise<void> {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  res.once('close', onClose)
  try {
    for await (const chunk of source) {
      if (gone.signal.aborted) return
      if (!res.write(chunk)) await once(res, 'drain', { signal: gone.signal })
    }
    res.end()
  } catch (error) {
    if (gone.signal.aborted) return
    res.destroy()
    throw error
  } finally {
    res.off('close', onClose)
  }
}
