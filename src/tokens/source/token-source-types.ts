import type { Credential } from '../../wechat-api/credentials.js'
import type { CredentialName } from '../token-events.js'

/** Where the credentials of an account come from if not from WeChat itself. */
export interface TokenSource {
  /** Tickets of the source were confirmed within their short life, so that they are not fetched again before it ends. */
  readonly verifiesTickets: boolean
  /** @throws {WechatUnavailableError} `token_source_unavailable` */
  fetchAccessToken(signal: AbortSignal): Promise<Credential>
  /** Fetches a ticket. Undefined means that the source has no tickets, and WeChat gives one for the access token. */
  fetchJsapiTicket(signal: AbortSignal): Promise<Credential | undefined>
  /** Tells the source that WeChat has refused this credential. It does not fail. */
  reportDead(credential: CredentialName, value: string): Promise<void>
}
