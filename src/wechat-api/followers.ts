import { z } from 'zod'
import type { WechatClient } from './client.js'
import { openidField } from './schemas.js'

/** What WeChat tells an account about a person; if the person is no follower, little more than `subscribe: 0`. */
export type FollowerInfo = { openid: string; subscribe: number } & Record<string, unknown>

const followerAnswer = z.looseObject({ openid: openidField, subscribe: z.number() })

/**
 * Fetches what WeChat tells an account about a person.
 * @see 公众号文档 «获取用户基本信息»
 */
export async function fetchFollower(
  client: WechatClient,
  accessToken: string,
  openid: string,
): Promise<FollowerInfo> {
  const answer = await client.call({
    endpoint: '/cgi-bin/user/info',
    query: { access_token: accessToken, openid, lang: 'zh_CN' },
    secrets: [accessToken],
    answer: followerAnswer,
    isRepeatable: true,
  })
  return answer as FollowerInfo
}
