import { createHash } from 'node:crypto'
import type { MediaType } from './media-type.js'

/**
 * A file name of our own: WeChat's may hold anything, and ids that differ only in case meet on some disks.
 */
export function mediaName(mediaId: string, { extension }: MediaType, digits: number): string {
  return `media-${createHash('sha256').update(mediaId).digest('hex').slice(0, digits)}.${extension}`
}
