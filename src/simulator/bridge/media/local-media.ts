import type { Profile } from '../../protocol/bridge.js'

export type LocalMedia = LocalImage | LocalVoice

export interface LocalImage {
  kind: 'image'
  localId: string
  file: Blob
}

export interface LocalVoice {
  kind: 'voice'
  localId: string
  file: Blob
}

/** The files that the phone holds for this page, by `localId`. They live as long as the page, as WeChat's do. */
export class LocalMediaStore {
  readonly #profile: Profile
  readonly #media = new Map<string, LocalMedia>()

  constructor(profile: Profile) {
    this.#profile = profile
  }

  add(kind: LocalMedia['kind'], file: Blob): string {
    const id = crypto.getRandomValues(new Uint8Array(12)).reduce((hex, byte) => hex + byte.toString(16), '')
    const localId =
      this.#profile === 'android' ? `weixin://resourceid/${id}` : `wxLocalResource://${kind}id${id}`
    this.#media.set(key(localId), { kind, localId, file })
    return localId
  }

  image(localId: unknown): LocalImage | undefined {
    const media = this.#media.get(key(localId))
    return media?.kind === 'image' ? media : undefined
  }

  voice(localId: unknown): LocalVoice | undefined {
    const media = this.#media.get(key(localId))
    return media?.kind === 'voice' ? media : undefined
  }
}

/** Ids are compared in lower case, because browsers convert the scheme, and some the host, of an `img.src`. */
function key(localId: unknown): string {
  return String(localId).toLowerCase()
}

export async function toBase64(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,/, ''))
    reader.onerror = () => reject(reader.error)
    reader.readAsDataURL(file)
  })
}

export async function toDataUrl(file: Blob): Promise<string> {
  return `data:${file.type || 'image/jpeg'};base64,${await toBase64(file)}`
}
