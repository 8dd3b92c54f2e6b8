import { WechatUnavailableError } from '../errors/errors.js'

/** Connections and memory are the process's, whatever account or handler uses them. */
let taken = 0

/**
 * Takes one of the process's places for downloads. Gives the function that frees it.
 * @throws {WechatUnavailableError} where all are taken
 */
export function takePlace(places: number): () => void {
  if (taken >= places) throw new WechatUnavailableError('too many downloads at once', 'too_many_downloads', 2)
  taken += 1
  return () => {
    taken -= 1
  }
}
