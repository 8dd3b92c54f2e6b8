import { z } from 'zod'
import { simulatedAppIdPrefix, simulatedOpenidPrefix, simulatedSecretPrefix } from '../protocol/identity.js'

/** The schema of a text with a simulated prefix, because saved states are shared and may hold no real account's data. */
const simulated = (prefix: string) => z.string().startsWith(prefix)

const person = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/),
  nickname: z.string(),
  openid: simulated(simulatedOpenidPrefix),
  unionid: simulated(simulatedOpenidPrefix),
  isFollower: z.boolean(),
  subscribeTime: z.number(),
  subscribeScene: z.string(),
  remark: z.string(),
  groupId: z.number(),
  tagIds: z.array(z.number()),
  language: z.string(),
  avatarColour: z.string(),
})

const visitor = z.strictObject({
  openid: simulated(simulatedOpenidPrefix),
  unionid: z.string(),
  nickname: z.string(),
  avatarId: z.string(),
  language: z.string(),
  isSnapshotUser: z.boolean(),
})

const medium = z.strictObject({
  mediaId: z.string(),
  type: z.enum(['image', 'voice', 'video', 'thumb']),
  contentType: z.string(),
  createdAt: z.number(),
  data: z.base64(),
  highQuality: z.base64().exactOptional(),
  filename: z.string().exactOptional(),
  videoUrl: z.string().exactOptional(),
})

const accessTokens = z.strictObject({
  tokens: z.array(
    z.strictObject({ value: z.string(), expiresAt: z.number(), notLatestFrom: z.number().nullable() }),
  ),
  legacy: z.string().nullable(),
  stable: z.string().nullable(),
})

const ticket = z.strictObject({
  type: z.enum(['jsapi', 'wx_card']),
  value: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
})

const userTokens = z.strictObject({
  grants: z.array(
    z.strictObject({
      visitor,
      scope: z.string(),
      refreshToken: z.string(),
      refreshExpiresAt: z.number(),
      isRevoked: z.boolean(),
    }),
  ),
  tokens: z.array(z.strictObject({ value: z.string(), refreshToken: z.string(), expiresAt: z.number() })),
})

const savedState = z.strictObject({
  format: z.literal('wxsim-state'),
  version: z.literal(1),
  appId: simulated(simulatedAppIdPrefix),
  appSecret: simulated(simulatedSecretPrefix),
  /** The port; absent in a state that was exported from a simulator without a server. */
  port: z.int().min(1).max(65_535).exactOptional(),
  advancedMs: z.number().min(0),
  /** The settings, which `parseConfigChanges` checks when the state is restored. */
  config: z.record(z.string(), z.unknown()),
  people: z.array(person),
  media: z.array(medium),
  accessTokens,
  tickets: z.array(ticket),
  userTokens,
})

/** The whole state of a simulator, as JSON holds it. */
export type SavedState = z.output<typeof savedState>

/**
 * Parses a saved state.
 * @throws {TypeError} that names the wrong field, without its value.
 */
export function parseSavedState(value: unknown): SavedState {
  const { data, error } = savedState.safeParse(value)
  if (error) throw new TypeError(`simulator: this is no saved state: ${z.prettifyError(error)}`)
  return data
}
