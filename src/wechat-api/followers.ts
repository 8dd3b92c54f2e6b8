import { z } from 'zod'
import type { WechatClient } from './client.js'
import { openidField } from './schemas.js'

/** What the account knows of a person; for one who does not follow it, little more than `subscribe: 0`. */
export type FollowerInfo = { openid: string; subscribe: number } & Record<string, unknown>

const followerAnswer = z.looseObject({ openid: openidField, subscribe: z.number() })

/** @see 公众号文档 «获取用户基本信息» */
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
