import type { PersonMessage } from '../../protocol/messages.js'
import type { Media } from '../media.js'
import type { PushFields } from './push-text.js'

/** The picture of a message without a `mediaId`: a PNG of one grey pixel. */
const smallPicture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
)
/** The voice of a message without a `mediaId`: 50 AMR frames without speech, of 20 ms each. */
const secondOfSilence = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(50, 0x7c)])

/** Returns the fields of a message's push, without those that all pushes have. */
export function messageFields(message: PersonMessage, media: Media): PushFields {
  switch (message.type) {
    case 'text':
      return { Content: message.content }
    case 'image': {
      const mediaId = message.mediaId ?? media.store({ type: 'image', data: smallPicture }).mediaId
      return { PicUrl: message.picUrl ?? `http://mmbiz.qpic.cn/simulated/${mediaId}/0`, MediaId: mediaId }
    }
    case 'voice': {
      const mediaId = message.mediaId ?? media.store({ type: 'voice', data: secondOfSilence }).mediaId
      return { MediaId: mediaId, Format: 'amr', ...given({ Recognition: message.recognition }) }
    }
    case 'video':
    case 'shortvideo':
      return { MediaId: message.mediaId, ThumbMediaId: message.thumbMediaId ?? message.mediaId }
    case 'location':
      return {
        Location_X: message.latitude,
        Location_Y: message.longitude,
        Scale: message.scale ?? 15,
        Label: message.label ?? '',
      }
    case 'link':
      return { Title: message.title, Description: message.description ?? '', Url: message.url }
    case 'event':
      return { Event: message.event, ...message.fields }
  }
}

function given(fields: Readonly<Record<string, string | undefined>>): PushFields {
  const entries = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(entries)
}
