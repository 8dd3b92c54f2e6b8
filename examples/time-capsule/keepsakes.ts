import type { Keepsake, KeepsakeKind } from './capsules.ts'
import { Problem } from './problem.ts'

export interface Uploads {
  imageServerId?: string | undefined
  voiceServerId?: string | undefined
}

/** Gets what the page uploaded to WeChat: a `serverId` there is a `media_id` here. */
export type Download = (mediaId: string) => Promise<Keepsake>

/** Asks the app's own media handler. */
export function downloadFrom(origin: string): Download {
  return async mediaId => {
    const response = await fetch(`${origin}/wechat/offiaccount/media?format=binary&media_id=${mediaId}`)
    if (!response.ok) throw new Problem(400, 'no_media', '照片或声音已经过期，请重新添加')
    const contentType = response.headers.get('content-type') ?? ''
    return { data: new Uint8Array(await response.arrayBuffer()), contentType }
  }
}

/** Brings a photograph and a voice home from WeChat, which forgets them after three days. */
export async function fetchKeepsakes(
  download: Download,
  { imageServerId, voiceServerId }: Uploads,
): Promise<Partial<Record<KeepsakeKind, Keepsake>>> {
  const [photo, voice] = await Promise.all([
    imageServerId === undefined ? undefined : download(imageServerId),
    voiceServerId === undefined ? undefined : download(voiceServerId),
  ])
  if (photo && !photo.contentType.startsWith('image/')) throw new Problem(400, 'no_photo', '这不是一张照片')
  return { ...(photo && { photo }), ...(voice && { voice }) }
}
