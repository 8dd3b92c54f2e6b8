import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { WechatConfigError } from '../errors/errors.js'
import type { TokenManager } from '../tokens/token-manager.js'
import { createSharedFlights, type SharedFlights } from '../util/shared-flight.js'
import {
  type DownloadedMedia,
  type DownloadMediaOptions,
  downloadMedia,
  requireTokenManager,
} from './download-media.js'

/**
 * Where a medium goes: a folder's path, a stream, or a function that hands it to a store and resolves when the
 * store has all of it.
 */
export type SaveTarget = string | Writable | ((media: DownloadedMedia) => Promise<unknown>)

export interface SavedMedia extends Omit<DownloadedMedia, 'stream' | 'size'> {
  /** In bytes. */
  readonly size: number
  /** The SHA-256 of the bytes, in hex. */
  readonly sha256: string
  /** The file's absolute path, where the target is a folder. */
  readonly path: string | undefined
}

/** One download per manager, folder and id at a time; a manager takes its own with it when it goes. */
const savesUnderWay = new WeakMap<TokenManager, SharedFlights<SavedMedia>>()

/**
 * Keeps what a page recorded or photographed. In a folder the file appears whole or not at all, under a safe name
 * of its own with the right extension, and calls for one id at the same time share one download.
 *
 * @example
 * const { fileName, sha256 } = await saveMedia(tokenManager, mediaId, './uploads')
 *
 * @throws what {@link downloadMedia} throws, and what the target throws. A stream that fails is destroyed, and what
 * a function was given fails before it ends: never take what it holds by then for the medium.
 */
export async function saveMedia(
  tokenManager: TokenManager,
  mediaId: string,
  target: SaveTarget,
  options: DownloadMediaOptions = {},
): Promise<SavedMedia> {
  requireTokenManager('saveMedia', tokenManager)
  if (!isSaveTarget(target)) {
    throw new WechatConfigError('saveMedia: the target must be the path of a folder, a stream or a function')
  }
  if (typeof target === 'string') {
    const folder = resolve(target)
    const key = JSON.stringify([folder, mediaId, options.quality, options.maxBytes])
    return flightsOf(tokenManager).join(key, options.signal, signal =>
      saveInFolder(folder, () => downloadMedia(tokenManager, mediaId, { ...options, signal })),
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

function flightsOf(tokenManager: TokenManager): SharedFlights<SavedMedia> {
  const flights = savesUnderWay.get(tokenManager) ?? createSharedFlights<SavedMedia>()
  savesUnderWay.set(tokenManager, flights)
  return flights
}

async function saveInFolder(folder: string, download: () => Promise<DownloadedMedia>): Promise<SavedMedia> {
  await mkdir(folder, { recursive: true })
  const media = await download()
  const path = join(folder, media.fileName)
  const temporaryPath = join(folder, `.${media.fileName}.${randomBytes(8).toString('hex')}.part`)
  const counter = createCounter()
  try {
    const file = await open(temporaryPath, 'wx').catch((error: unknown) => {
      media.stream.destroy()
      throw error
    })
    // On the disk before it has its name: a power cut leaves no empty file.
    await pipeline(media.stream, counter.stream, file.createWriteStream({ flush: true }))
    await rename(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true })
    throw error
  }
  return describe(media, counter, path)
}

async function saveToStream(target: Writable, download: () => Promise<DownloadedMedia>): Promise<SavedMedia> {
  const counter = createCounter()
  try {
    const media = await download()
    await pipeline(media.stream, counter.stream, target)
    return describe(media, counter, undefined)
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
  // It may fail while the store is still at work, which fails by it, too.
  arrival.catch(() => {})
  try {
    await store({ ...media, stream: counter.stream })
    if (!counter.stream.readableEnded)
      throw new Error('saveMedia: the target left a part of the stream unread')
    await arrival
  } finally {
    counter.stream.destroy()
  }
  return describe(media, counter, undefined)
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

function describe(
  { contentType, extension, fileName }: DownloadedMedia,
  counter: Counter,
  path: string | undefined,
): SavedMedia {
  return { fileName, contentType, extension, size: counter.size(), sha256: counter.sha256(), path }
}
