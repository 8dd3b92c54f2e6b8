import type { Request, Response } from 'express'
import type { Keepsake } from './capsules.ts'

/** Sends a keepsake, or the range of it that the request names: iPhones play nothing from a server that ignores ranges. */
export function sendBytes(req: Request, res: Response, { data, contentType }: Keepsake): void {
  res.set({
    'Content-Type': contentType,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, max-age=3600',
    'Content-Disposition': 'inline',
  })
  const ranges = req.range(data.length, { combine: true })
  if (ranges === -1) {
    res.status(416).set('Content-Range', `bytes */${data.length}`).end()
    return
  }
  const range =
    Array.isArray(ranges) && ranges.type === 'bytes' && ranges.length === 1 ? ranges[0] : undefined
  if (!range) {
    res.set('Content-Length', String(data.length)).end(data)
    return
  }
  res
    .status(206)
    .set({
      'Content-Range': `bytes ${range.start}-${range.end}/${data.length}`,
      'Content-Length': String(range.end - range.start + 1),
    })
    .end(data.subarray(range.start, range.end + 1))
}
