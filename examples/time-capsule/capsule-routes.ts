import { json, type Request, type RequestHandler, Router } from 'express'
import { requireWechatLogin, type TokenManager } from 'express-wechat'
import { z } from 'zod'
import type { Capsule, CapsuleStore, KeepsakeKind } from './capsules.ts'
import { dayIn, daysBetween, isTimeZone } from './days.ts'
import { fetchKeepsakes } from './keepsakes.ts'
import { Problem } from './problem.ts'
import { sendBytes } from './send-bytes.ts'

export interface CapsuleRoutesOptions {
  tokenManager: TokenManager
  store: CapsuleStore
  now: () => number
}

const mostCapsules = 500
const latestOpeningDays = 36_500

const timeZone = z.string().max(64).refine(isTimeZone).default('Asia/Shanghai')
const mediaId = z.string().regex(/^[\w-]{1,256}$/)

const newCapsule = z.object({
  letter: z.string('请写点什么').trim().min(1, '请写点什么').max(5_000, '信太长了，请控制在 5000 字以内'),
  opensOn: z.iso.date('请选择开启的日子'),
  timeZone,
  imageServerId: mediaId.optional(),
  voiceServerId: mediaId.optional(),
})

/** The capsules of the person who is logged in. Requests for the capsules of other people get 404. */
export function capsuleRoutes({ tokenManager, store, now }: CapsuleRoutesOptions): Router {
  const router = Router()
  router.use(requireWechatLogin({ tokenManager }))

  router.get('/', (req, res) => {
    const zone = timeZone.safeParse(req.query.timeZone).data ?? 'Asia/Shanghai'
    const capsules = store.listOf(req.wechat.openid)
    res.json({ today: dayIn(zone, now()), capsules: capsules.map(capsule => describe(capsule, now())) })
  })

  router.post('/', json(), async (req, res) => {
    const { imageServerId, voiceServerId, ...written } = readNewCapsule(req.body)
    const daysAhead = daysBetween(dayIn(written.timeZone, now()), written.opensOn)
    if (daysAhead < 1) throw new Problem(400, 'day_not_ahead', '开启的日子要在今天之后')
    if (daysAhead > latestOpeningDays)
      throw new Problem(400, 'day_too_far', '开启的日子太遥远了，请选一百年之内')
    const owner = req.wechat.openid
    if (store.listOf(owner).length >= mostCapsules) throw new Problem(409, 'too_many', '你的胶囊已经够多了')

    // The server downloads photo and voice now, because WeChat deletes uploads after three days.
    const keepsakes = await fetchKeepsakes(tokenManager, { imageServerId, voiceServerId })
    const capsule = store.seal({ ...written, owner, sealedAtMs: now(), keepsakes })
    res.status(201).json(describe(capsule, now()))
  })

  router.get('/:id', (req, res) => {
    res.json(describe(findCapsule(req), now()))
  })

  router.post('/:id/open', (req, res) => {
    const capsule = findCapsule(req)
    const daysLeft = daysUntil(capsule, now())
    if (capsule.openedAtMs === undefined && daysLeft > 0) {
      throw new Problem(403, 'too_early', `还没到开启的日子，再等 ${daysLeft} 天吧`)
    }
    store.open(capsule.owner, capsule.id, now())
    res.json(describe(findCapsule(req), now()))
  })

  router.get('/:id/photo', sendKeepsake('photo'))
  router.get('/:id/voice', sendKeepsake('voice'))

  function findCapsule(req: Request): Capsule {
    const capsule = store.find(req.wechat.openid, String(req.params.id))
    if (!capsule) throw new Problem(404, 'not_found', '没有找到这个胶囊')
    return capsule
  }

  function sendKeepsake(kind: KeepsakeKind): RequestHandler {
    return (req, res) => {
      const { owner, id, openedAtMs } = findCapsule(req)
      if (openedAtMs === undefined) throw new Problem(403, 'sealed', '这个胶囊还封着')
      const keepsake = store.keepsake(owner, id, kind)
      if (!keepsake) throw new Problem(404, 'not_found', '这个胶囊里没有它')
      sendBytes(req, res, keepsake)
    }
  }

  return router
}

function readNewCapsule(body: unknown): z.infer<typeof newCapsule> {
  const { data, error } = newCapsule.safeParse(body)
  if (data) return data
  const [issue] = error.issues
  const field = String(issue?.path[0] ?? 'body')
  const isForPeople = field === 'letter' || field === 'opensOn'
  throw new Problem(400, `bad_${field}`, isForPeople && issue ? issue.message : '请求内容不正确')
}

function daysUntil({ timeZone, opensOn }: Capsule, nowMs: number): number {
  return Math.max(0, daysBetween(dayIn(timeZone, nowMs), opensOn))
}

/** Returns the fields of a capsule that the page gets. The letter is among them only once the capsule is opened. */
function describe(capsule: Capsule, nowMs: number) {
  const { id, letter, opensOn, timeZone, sealedAtMs, openedAtMs, hasPhoto, voiceSeconds } = capsule
  const daysLeft = daysUntil(capsule, nowMs)
  const hasVoice = voiceSeconds !== undefined
  const sealed = { id, opensOn, sealedOn: dayIn(timeZone, sealedAtMs), daysLeft, hasPhoto, hasVoice }
  if (openedAtMs === undefined) return { ...sealed, state: daysLeft > 0 ? 'sealed' : 'ready' }
  return { ...sealed, state: 'opened', openedOn: dayIn(timeZone, openedAtMs), letter, voiceSeconds }
}
