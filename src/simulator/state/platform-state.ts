import type { StoredMedia } from '../platform/media.js'
import type { Platform } from '../platform/platform.js'
import { defaultPlatformConfig, parseConfigChanges } from '../platform/platform-config.js'
import type { SavedState } from './saved-state.js'

/** A saved state has at most so many bytes of media, the newest, because the file is written at each change. */
const largestMediaBytes = 64 * 1024 * 1024

/** Returns the state from which a restart or another machine can go on. */
export function saveState(platform: Platform): SavedState {
  const { account, accessTokens, clock, config, media, people, tickets, userTokens } = platform
  return {
    format: 'wxsim-state',
    version: 1,
    appId: account.appId,
    appSecret: account.appSecret,
    advancedMs: clock.advancedMs,
    config: { ...config },
    people: people.list().map(person => ({ ...person, tagIds: [...person.tagIds] })),
    media: newestMedia(media.list()).map(toSavedMedium),
    accessTokens: accessTokens.save(),
    tickets: tickets.list(),
    userTokens: userTokens.save(),
  }
}

/**
 * Replaces the state. The app id, the secret and the port stay those of the running simulator, because the app under
 * test has them in its environment. Faults, history and conversations are removed.
 *
 * @throws {TypeError} if a setting is wrong. Nothing has changed then.
 */
export function restoreState(platform: Platform, saved: SavedState): void {
  const config = parseConfigChanges(saved.config)
  platform.configure({ ...defaultPlatformConfig, ...config })
  platform.clock.restore(saved.advancedMs)
  platform.people.restore(saved.people)
  platform.media.restore(saved.media.map(fromSavedMedium))
  platform.accessTokens.restore(saved.accessTokens)
  platform.tickets.restore(saved.tickets)
  platform.userTokens.restore(saved.userTokens)
  platform.account.newCallers.forget()
  platform.faults.clear()
  platform.history.clear()
  platform.messages.reset()
}

/** Returns the newest media that fit into a saved state, in the order in which they were stored. */
function newestMedia(newestFirst: readonly StoredMedia[]): StoredMedia[] {
  let bytes = 0
  return newestFirst
    .filter(({ data, highQuality }) => {
      bytes += data.length + (highQuality?.length ?? 0)
      return bytes <= largestMediaBytes
    })
    .reverse()
}

function toSavedMedium({ data, highQuality, ...rest }: StoredMedia): SavedState['media'][number] {
  return {
    ...rest,
    data: data.toString('base64'),
    ...(highQuality && { highQuality: highQuality.toString('base64') }),
  }
}

function fromSavedMedium({ data, highQuality, ...rest }: SavedState['media'][number]): StoredMedia {
  return {
    ...rest,
    data: Buffer.from(data, 'base64'),
    ...(highQuality !== undefined && { highQuality: Buffer.from(highQuality, 'base64') }),
  }
}
