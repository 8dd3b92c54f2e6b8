import { BoundedMap } from '../util/bounded-map.js'
import type { Clock } from '../util/clock.js'
import { randomUrlSafeText } from '../util/random.js'
import { detectFormat, type MediaType, mediaRules } from './media-type.js'
import { Refusal } from './refusal.js'

const lifetimeMs = 3 * 86_400_000

/** A medium for `simulator.uploadMedia()`. */
export interface MediaUpload {
  type: MediaType
  data: Buffer
  /** The content type with which the medium is served. @default detected from the bytes */
  contentType?: string
  filename?: string
  /** The 16 kHz speex recording that `media/get/jssdk` gives for a voice of the JS-SDK. */
  highQuality?: Buffer
  /** The address that `media/get` answers for a video. @default an address of the simulator */
  videoUrl?: string
}

export interface StoredMedia extends MediaUpload {
  mediaId: string
  contentType: string
  createdAt: number
}

/** Temporary media. After three days they are refused like unknown media. */
export interface Media {
  /** Stores a medium without checks, because tests need media that the platform would refuse. */
  store(upload: MediaUpload): StoredMedia
  /** Stores a medium. Throws 44001 if it is empty, 40005 for a wrong format, the type's errcode if too large. */
  upload(type: MediaType, data: Buffer, filename?: string): StoredMedia
  /** The media that have not expired, the newest first. */
  list(): StoredMedia[]
  /** Replaces all stored media. */
  restore(media: readonly StoredMedia[]): void
  /** Returns the medium of this id. Throws 41006 without an id, and 40007 for an unknown or expired one. */
  get(mediaId: string | null): StoredMedia
}

export function createMedia(clock: Clock, notify: () => void): Media {
  const stored = new BoundedMap<string, StoredMedia>(1_000)

  function store(upload: MediaUpload): StoredMedia {
    const media: StoredMedia = {
      ...upload,
      mediaId: `sim_${randomUrlSafeText(60)}`,
      contentType:
        upload.contentType ?? detectFormat(upload.type, upload.data)?.contentType ?? fallback[upload.type],
      createdAt: clock.now(),
    }
    stored.set(media.mediaId, media)
    notify()
    return media
  }

  return {
    store,
    upload(type, data, filename) {
      const rule = mediaRules[type]
      if (data.length === 0) throw new Refusal(44001)
      if (data.length > rule.maxBytes) throw new Refusal(rule.tooLargeErrcode)
      const format = detectFormat(type, data)
      if (!format) throw new Refusal(40005)
      const { contentType } = format
      return store(
        filename === undefined ? { type, data, contentType } : { type, data, contentType, filename },
      )
    },
    list: () => [...stored.values()].filter(media => clock.now() < media.createdAt + lifetimeMs).reverse(),
    restore(saved) {
      stored.clear()
      for (const media of saved) stored.set(media.mediaId, media)
      notify()
    },
    get(mediaId) {
      if (!mediaId) throw new Refusal(41006)
      const media = stored.get(mediaId)
      if (!media) throw new Refusal(40007)
      if (clock.now() >= media.createdAt + lifetimeMs) {
        stored.delete(mediaId)
        throw new Refusal(40007)
      }
      return media
    },
  }
}

const fallback: Readonly<Record<MediaType, string>> = {
  image: 'image/jpeg',
  voice: 'audio/amr',
  video: 'video/mp4',
  thumb: 'image/jpeg',
}
