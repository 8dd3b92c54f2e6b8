import { Router } from 'express'
import { assertSimulatedSecret } from '../../platform/account.js'
import type { Grant } from '../../platform/login/user-tokens.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { answerWith } from './endpoint.js'

/** The endpoints of a login, which exchange a code for a person's tokens, and a token for the profile. */
export function createSnsRoutes(platform: Platform): Router {
  const { account, config, codes, userTokens, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })

  router.all(
    '/sns/oauth2/access_token',
    answerWith(platform, 'GET', ({ query, callerAddress, path }) => {
      const code = query.get('code')
      assertSimulatedSecret(query.get('secret'))
      try {
        account.checkAppId(query.get('appid'))
        account.checkSecret(query.get('secret'))
        if (config.snsChecksIpWhitelist) account.checkCaller(callerAddress)
        if (query.get('grant_type') !== 'authorization_code') throw new Refusal(40002)
        quota.spend(path)
      } catch (error) {
        codes.burn(code)
        throw error
      }
      const { visitor, scope } = codes.exchange(code)
      const { accessToken, grant } = userTokens.create(visitor, scope)
      return {
        json: {
          ...grantBody(accessToken, grant),
          ...(visitor.isSnapshotUser ? { is_snapshotuser: 1 } : {}),
          ...(config.boundToOpenPlatform && scope === 'snsapi_userinfo' ? { unionid: visitor.unionid } : {}),
        },
      }
    }),
  )

  router.all(
    '/sns/oauth2/refresh_token',
    answerWith(platform, 'GET', ({ query, path }) => {
      account.checkAppId(query.get('appid'))
      if (query.get('grant_type') !== 'refresh_token') throw new Refusal(40002)
      quota.spend(path)
      const { accessToken, grant } = userTokens.refresh(query.get('refresh_token'))
      return { json: grantBody(accessToken, grant) }
    }),
  )

  router.all(
    '/sns/userinfo',
    answerWith(platform, 'GET', ({ query, path, baseUrl }) => {
      quota.spend(path)
      const { visitor, scope } = userTokens.check(query.get('access_token'), query.get('openid'))
      if (scope !== 'snsapi_userinfo') throw new Refusal(48001)
      return {
        json: {
          openid: visitor.openid,
          nickname: visitor.nickname,
          // Since October 2021, the platform sends 0 as the sex, and empty texts as city, province and country.
          sex: 0,
          language: visitor.language,
          city: '',
          province: '',
          country: '',
          headimgurl: visitor.avatarId ? `${baseUrl}/mmopen/${visitor.avatarId}/132` : '',
          privilege: [],
          ...(config.boundToOpenPlatform ? { unionid: visitor.unionid } : {}),
        },
      }
    }),
  )

  router.all(
    '/sns/auth',
    answerWith(platform, 'GET', ({ query }) => {
      userTokens.check(query.get('access_token'), query.get('openid'))
      return { json: { errcode: 0, errmsg: 'ok' } }
    }),
  )

  return router
}

function grantBody(accessToken: string, { refreshToken, visitor, scope }: Grant) {
  return {
    access_token: accessToken,
    expires_in: 7200,
    refresh_token: refreshToken,
    openid: visitor.openid,
    scope,
  }
}
