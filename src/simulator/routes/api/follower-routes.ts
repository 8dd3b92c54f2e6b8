import { Router } from 'express'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { answerWith } from './endpoint.js'

/** The endpoint by which the account reads what WeChat tells it of a person. */
export function createFollowerRoutes(platform: Platform): Router {
  const { accessTokens, config, people, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.all(
    '/cgi-bin/user/info',
    answerWith(platform, 'GET', ({ query, path }) => {
      accessTokens.check(query.get('access_token'))
      const openid = query.get('openid')
      if (!openid) throw new Refusal(41009)
      quota.spend(path)
      const person = people.byOpenid(openid)
      if (!person) throw new Refusal(40003)

      const tellsUnionid = config.boundToOpenPlatform && (person.isFollower || config.unionidForNonFollowers)
      const unionid = tellsUnionid ? { unionid: person.unionid } : {}
      if (!person.isFollower) return { json: { subscribe: 0, openid, tagid_list: [], ...unionid } }
      return {
        json: {
          subscribe: 1,
          openid,
          // Since December 2021, the platform sends neither nickname nor avatar here.
          language: person.language,
          subscribe_time: person.subscribeTime,
          ...unionid,
          remark: person.remark,
          groupid: person.groupId,
          tagid_list: person.tagIds,
          subscribe_scene: person.subscribeScene,
          qr_scene: 0,
          qr_scene_str: '',
        },
      }
    }),
  )

  return router
}
