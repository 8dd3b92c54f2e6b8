import { Router } from 'express'
import type { IssuedToken } from '../../platform/access-tokens.js'
import { assertSimulatedSecret } from '../../platform/account.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { answerWith } from './endpoint.js'

/** The two endpoints that issue the account's tokens, and the one that returns its tickets. */
export function createTokenRoutes(platform: Platform): Router {
  const { account, accessTokens, quota, tickets } = platform
  const router = Router({ caseSensitive: true, strict: true })

  // The checks have the platform's order, which reports an unknown app id before a wrong grant type.
  function checkCredentials(
    call: { path: string; callerAddress: string },
    { appid, grantType, secret }: { appid: string | null; grantType: string | null; secret: string | null },
  ) {
    assertSimulatedSecret(secret)
    account.checkAppId(appid)
    if (grantType !== 'client_credential') throw new Refusal(40002)
    account.checkSecret(secret)
    account.checkSecretCaller(call.callerAddress)
    quota.spend(call.path)
  }

  router.all(
    '/cgi-bin/token',
    answerWith(platform, 'GET', call => {
      checkCredentials(call, {
        appid: call.query.get('appid'),
        grantType: call.query.get('grant_type'),
        secret: call.query.get('secret'),
      })
      return { json: tokenBody(accessTokens.issueLegacy()) }
    }),
  )

  router.all(
    '/cgi-bin/stable_token',
    answerWith(platform, 'POST', async call => {
      const body = await call.jsonBody()
      checkCredentials(call, {
        appid: textOrNull(body.appid),
        grantType: textOrNull(body.grant_type),
        secret: textOrNull(body.secret),
      })
      return { json: tokenBody(accessTokens.issueStable(body.force_refresh === true)) }
    }),
  )

  router.all(
    '/cgi-bin/ticket/getticket',
    answerWith(platform, 'GET', call => {
      accessTokens.check(call.query.get('access_token'))
      const type = call.query.get('type')
      if (type !== 'jsapi' && type !== 'wx_card') throw new Refusal(40097)
      quota.spend(call.path)
      // `expires_in` is 7200 even for a ticket that expires in a minute: the platform does not tell how much time is left.
      return { json: { errcode: 0, errmsg: 'ok', ticket: tickets.current(type), expires_in: 7200 } }
    }),
  )

  return router
}

function tokenBody({ accessToken, expiresInSeconds }: IssuedToken) {
  return { access_token: accessToken, expires_in: expiresInSeconds }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
