import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WechatConfigError } from '../errors/errors.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { createSingleFlight, type SingleFlight } from '../util/single-flight.js'
import {
  assertTokenManager,
  type DownloadedMedia,
  type DownloadMediaOptions,
  downloadMedia,
} from './download-media.js'
import { createPartFileSweeper } from './sweep-part-files.js'

/**
 * Where a medium is saved: the path of a folder, a stream, or a function that passes it to a store and resolves when
 * the store has all of it.
 */
export type SaveTarget = string | Writable | ((media: DownloadedMedia) => Promise<unknown>)

/** A medium that {@link saveMedia} has saved. */
export interface SavedMedia extends Omit<DownloadedMedia, 'stream' | 'size'> {
  /** The number of bytes. */
  readonly size: number
  /** The SHA-256 of the bytes, in hex. */
  readonly sha256: string
  /** The file's absolute path; undefined if the target is not a folder. */
  readonly path: string | undefined
}

type SaveFlights = SingleFlight<string, SavedMedia>

/** The saves in flight of each token manager. Concurrent saves of one medium in one folder share a download. */
const savesInFlight = new WeakMap<TokenManager, SaveFlights>()
const sweepPartFiles = createPartFileSweeper()

/**
 * Saves what a page recorded or photographed. In a folder the file appears only when it is complete, under a safe
 * generated name with the right extension, and concurrent calls for one id share one download. Part files that a
 * killed process left there are removed if they are over an hour old.
 *
 * @example
 * const { fileName, sha256 } = await saveMedia(tokenManager, mediaId, './uploads')
 *
 * @throws what {@link downloadMedia} throws, and what the target throws. A target stream is then destroyed, and the
 * stream that a target function was given fails before its end: its bytes so far are not the medium.
 */
export async function saveMedia(
  tokenManager: TokenManager,
  mediaId: string,
  target: SaveTarget,
  options: DownloadMediaOptions = {},
): Promise<SavedMedia> {
  assertTokenManager('saveMedia', tokenManager)
  if (!isSaveTarget(target)) {
    throw new WechatConfigError('saveMedia: the target must be the path of a folder, a stream or a function')
  }
  if (typeof target === 'string') {
    const folder = resolve(target)
    const key = JSON.stringify([folder, mediaId, options.quality, options.maxBytes])
    return getSaves(tokenManager).run(
      key,
      signal => saveInFolder(folder, () => downloadMedia(tokenManager, mediaId, { ...options, signal })),
      { signal: options.signal },
    )
  }
  const download = () => downloadMedia(tokenManager, mediaId, options)
  return typeof target === 'function' ? saveThrough(target, download) : saveToStream(target, download)
}

function isSaveTarget(target: unknown): target is SaveTarget {
  return (
    (typeof target === 'string' && target !== '') ||
    typeof target === 'function' ||
    target instanceof Writable
  )
}

function getSaves(tokenManager: TokenManager): SaveFlights {
  const saves =
    savesInFlight.get(tokenManager) ?? createSingleFlight<string, SavedMedia>({ abortsWithoutWaiters: true })
  savesInFlight.set(tokenManager, saves)
  return saves
}

async function saveInFolder(folder: string, download: () => Promise<DownloadedMedia>): Promise<SavedMedia> {
  await mkdir(folder, { recursive: true })
  const [media] = await Promise.all([download(), sweepPartFiles(folder)])
  const path = join(folder, media.fileName)
  const temporaryPath = join(folder, `.${media.fileName}.${randomBytes(8).toString('hex')}.part`)
  const counter = createCounter()
  try {
    const file = await open(temporaryPath, 'wx').catch((error: unknown) => {
      media.stream.destroy()
      throw error
    })
    // The bytes are on the disk before the file gets its name, so that a power cut leaves no empty file under it.
    await pipeline(media.stream, counter.stream, file.createWriteStream({ flush: true }))
    await rename(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true })
    throw error
  }
  return createSavedMedia(media, counter, path)
}

async function saveToStream(target: Writable, download: () => Promise<DownloadedMedia>): Promise<SavedMedia> {
  const counter = createCounter()
  try {
    const media = await download()
    await pipeline(media.stream, counter.stream, target)
    return createSavedMedia(media, counter, undefined)
  } catch (error) {
    target.destroy()
    throw error
  }
}

async function saveThrough(
  store: (media: DownloadedMedia) => Promise<unknown>,
  download: () => Promise<DownloadedMedia>,
): Promise<SavedMedia> {
  const media = await download()
  const counter = createCounter()
  const arrival = pipeline(media.stream, counter.stream)
  // The download can fail before `store` ends. Its error is thrown below, and must not end the process before.
  arrival.catch(() => {})
  try {
    await store({ ...media, stream: counter.stream })
    if (!counter.stream.readableEnded) {
      throw new Error('saveMedia: the target left a part of the stream unread')
    }
    await arrival
  } finally {
    counter.stream.destroy()
  }
  return createSavedMedia(media, counter, undefined)
}

interface Counter {
  stream: Transform
  size(): number
  sha256(): string
}

function createCounter(): Counter {
  const hash = createHash('sha256')
  let size = 0
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      size += chunk.length
      hash.update(chunk)
      callback(null, chunk)
    },
  })
  return { stream, size: () => size, sha256: () => hash.digest('hex') }
}

function createSavedMedia(
  { contentType, extension, fileName }: DownloadedMedia,
  counter: Counter,
  path: string | undefined,
): SavedMedia {
  return { fileName, contentType, extension, size: counter.size(), sha256: counter.sha256(), path }
}
