import { Router } from 'express'
import { assertSimulatedSecret } from '../../platform/account.js'
import type { Platform } from '../../platform/platform.js'
import { Refusal } from '../../platform/refusal.js'
import { answerWith } from './endpoint.js'

// The addresses are from ranges for documentation, so a firewall rule that an app makes of them allows no real server.
const apiAddresses = ['192.0.2.10', '192.0.2.11', '198.51.100.0/24']
const callbackAddresses = ['203.0.113.20', '203.0.113.21']

/**
 * The endpoints for quotas, for the addresses of WeChat's servers, and for the diagnosis of a call by its request id.
 */
export function createQuotaRoutes(platform: Platform): Router {
  const { account, accessTokens, quota } = platform
  const router = Router({ caseSensitive: true, strict: true })
  const ok = { json: { errcode: 0, errmsg: 'ok' } }

  router.all(
    '/cgi-bin/clear_quota',
    answerWith(platform, 'POST', async call => {
      const { appid } = await call.jsonBody()
      accessTokens.check(call.query.get('access_token'))
      account.checkAppId(String(appid ?? ''))
      quota.clear()
      return ok
    }),
  )

  router.all(
    '/cgi-bin/clear_quota/v2',
    answerWith(platform, 'POST', async call => {
      const body = call.query.has('appid') ? Object.fromEntries(call.query) : await call.jsonBody()
      const secret = String(body.appsecret ?? '')
      assertSimulatedSecret(secret)
      account.checkAppId(String(body.appid ?? ''))
      account.checkSecret(secret)
      account.checkSecretCaller(call.callerAddress)
      quota.clear()
      return ok
    }),
  )

  router.all(
    '/cgi-bin/openapi/quota/get',
    answerWith(platform, 'POST', async call => {
      const { cgi_path: path } = await call.jsonBody()
      accessTokens.check(call.query.get('access_token'))
      if (typeof path !== 'string' || !/^\/(?!\/)/.test(path)) throw new Refusal(76003)
      // Calls below `/sns/` carry a person's token, so the account's token has no quota for them.
      if (path.startsWith('/sns/')) throw new Refusal(76022)
      const rateLimit = quota.readRateLimit(path)
      return {
        json: {
          errcode: 0,
          errmsg: 'ok',
          quota: quota.read(path),
          ...(rateLimit && { rate_limit: rateLimit }),
        },
      }
    }),
  )

  router.all(
    '/cgi-bin/openapi/rid/get',
    answerWith(platform, 'POST', async call => {
      const { rid } = await call.jsonBody()
      accessTokens.check(call.query.get('access_token'))
      // Calls are not kept by their ids, so an id of the right form is answered as unknown, any other as wrong.
      throw new Refusal(/^[0-9a-f]{8}(-[0-9a-f]{8}){2}$/.test(String(rid)) ? 76001 : 76002)
    }),
  )

  for (const [path, addresses] of [
    ['/cgi-bin/get_api_domain_ip', apiAddresses],
    ['/cgi-bin/getcallbackip', callbackAddresses],
  ] as const) {
    router.all(
      path,
      answerWith(platform, 'GET', call => {
        accessTokens.check(call.query.get('access_token'))
        return { json: { ip_list: addresses } }
      }),
    )
  }

  return router
}
