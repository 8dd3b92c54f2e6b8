import { z } from 'zod'
import { revealAppSecret } from './account.js'
import type { WechatClient } from './client.js'
import { credentialField, secondsField } from './schemas.js'

/**
 * How a token is fetched. `stable`: `POST /cgi-bin/stable_token`, which returns the current token to each call.
 * `legacy`: `GET /cgi-bin/token`, where each call makes a new token and ends the old one within five minutes.
 */
export type TokenMode = 'stable' | 'legacy'

export interface Credential {
  value: string
  expiresInSeconds: number
}

/** The API that is called to test a token: the call changes nothing, and every account may make it. */
export const HARMLESS_ENDPOINT = '/cgi-bin/get_api_domain_ip'
export const TICKET_ENDPOINT = '/cgi-bin/ticket/getticket'

export function tokenEndpoint(mode: TokenMode): string {
  return mode === 'stable' ? '/cgi-bin/stable_token' : '/cgi-bin/token'
}

const accessTokenAnswer = z.object({ access_token: credentialField, expires_in: secondsField })
const ticketAnswer = z.object({ ticket: credentialField, expires_in: secondsField })

/**
 * Fetches an access token from WeChat.
 * @see 公众号文档 «获取稳定版接口调用凭据» and «获取接口调用凭据»
 */
export async function fetchAccessToken(
  client: Pick<WechatClient, 'account' | 'call'>,
  mode: TokenMode,
  signal?: AbortSignal,
): Promise<Credential> {
  const { account } = client
  const secret = revealAppSecret(account)
  const grant = { grant_type: 'client_credential', appid: account.appId, secret }
  const answer = await client.call({
    endpoint: tokenEndpoint(mode),
    ...(mode === 'stable' ? { method: 'POST', json: grant } : { query: grant }),
    secrets: [secret],
    answer: accessTokenAnswer,
    isRepeatable: true,
    signal,
  })
  return { value: answer.access_token, expiresInSeconds: answer.expires_in }
}

/**
 * Fetches the ticket that signs pages: a repeated call gets the same one, always with `expires_in` 7200.
 * @see 公众号文档 «获取 jsapi_ticket»
 */
export async function fetchJsapiTicket(
  client: WechatClient,
  accessToken: string,
  signal?: AbortSignal,
): Promise<Credential> {
  const answer = await client.call({
    endpoint: TICKET_ENDPOINT,
    query: { access_token: accessToken, type: 'jsapi' },
    secrets: [accessToken],
    answer: ticketAnswer,
    isRepeatable: true,
    signal,
  })
  return { value: answer.ticket, expiresInSeconds: answer.expires_in }
}
