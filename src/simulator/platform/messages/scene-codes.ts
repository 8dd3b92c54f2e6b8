import { BoundedMap } from '../../util/bounded-map.js'
import type { Clock } from '../../util/clock.js'
import { randomUrlSafeText } from '../../util/random.js'
import { Refusal } from '../refusal.js'

/** A QR code of the account with a scene. */
export interface SceneCode {
  ticket: string
  /** The key of the scene, as the push about a scan names it. */
  scene: string
  /** The text of the QR code. */
  url: string
  /** The simulated time at which the code expires; undefined for a permanent code. */
  expiresAt: number | undefined
}

export interface SceneCodes {
  /** Creates a code. Throws 40052, 40053 or 40097 for a wrong action, scene or lifetime. */
  create(body: Readonly<Record<string, unknown>>): SceneCode & { expireSeconds: number | undefined }
  /**
   * Finds the newest code with this scene, ticket or address. Undefined if there never was one.
   * @throws {TypeError} if all such codes have expired.
   */
  find(text: string): SceneCode | undefined
  clear(): void
}

const longestSeconds = 2_592_000
const defaultSeconds = 60
const largestPermanentId = 100_000
const largestTemporaryId = 2 ** 32 - 1

export function createSceneCodes(clock: Clock): SceneCodes {
  const codes = new BoundedMap<string, SceneCode>(10_000)

  return {
    create(body) {
      const { isTemporary, isText } = readAction(body.action_name)
      const scene = readScene(body.action_info, isTemporary, isText)
      const expireSeconds = isTemporary ? readSeconds(body.expire_seconds) : undefined
      const ticket = `gQ${randomUrlSafeText(94)}==`
      const code: SceneCode = {
        ticket,
        scene,
        url: `http://weixin.qq.com/q/${randomUrlSafeText(22)}`,
        expiresAt: expireSeconds === undefined ? undefined : clock.now() + expireSeconds * 1_000,
      }
      codes.set(ticket, code)
      return { ...code, expireSeconds }
    },
    find(text) {
      const matching = [...codes.values()].filter(({ ticket, scene, url }) =>
        [ticket, scene, url].includes(text),
      )
      const live = matching.findLast(({ expiresAt }) => expiresAt === undefined || clock.now() < expiresAt)
      if (!live && matching.length > 0) throw new TypeError('scan: the QR code of this scene has expired')
      return live
    },
    clear: () => codes.clear(),
  }
}

const actions: ReadonlyMap<string, { isTemporary: boolean; isText: boolean }> = new Map([
  ['QR_SCENE', { isTemporary: true, isText: false }],
  ['QR_STR_SCENE', { isTemporary: true, isText: true }],
  ['QR_LIMIT_SCENE', { isTemporary: false, isText: false }],
  ['QR_LIMIT_STR_SCENE', { isTemporary: false, isText: true }],
])

function readAction(name: unknown): { isTemporary: boolean; isText: boolean } {
  const action = actions.get(String(name))
  if (!action) throw new Refusal(40052)
  return action
}

function readScene(info: unknown, isTemporary: boolean, isText: boolean): string {
  const scene = Object(Object(info).scene)
  if (isText) {
    const text: unknown = scene.scene_str
    if (typeof text !== 'string' || text.length < 1 || text.length > 64) throw new Refusal(40053)
    return text
  }
  const id = Number(scene.scene_id)
  if (!Number.isInteger(id) || id < 1 || id > (isTemporary ? largestTemporaryId : largestPermanentId))
    throw new Refusal(40053)
  return String(id)
}

function readSeconds(given: unknown): number {
  if (given === undefined) return defaultSeconds
  const seconds = Number(given)
  if (!Number.isInteger(seconds) || seconds < 1) throw new Refusal(40097)
  // The platform shortens a lifetime of more than 30 days to 30 days.
  return Math.min(seconds, longestSeconds)
}
