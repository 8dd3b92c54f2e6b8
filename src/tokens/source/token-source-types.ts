import type { Credential } from '../../wechat-api/credentials.js'
import type { CredentialName } from '../token-events.js'

/** Where the credentials of an account come from if not from WeChat itself. */
export interface TokenSource {
  /** Whether the source checks its tickets with WeChat itself. Their TTL is short, so they are served until it ends. */
  readonly verifiesTickets: boolean
  /** @throws {WechatUnavailableError} `token_source_unavailable` */
  fetchAccessToken(signal: AbortSignal): Promise<Credential>
  /** Fetches a ticket. Undefined means that the source has no tickets, and WeChat gives one for the access token. */
  fetchJsapiTicket(signal: AbortSignal): Promise<Credential | undefined>
  /** Tells the source that WeChat has refused this credential. It does not fail. */
  reportDead(credential: CredentialName, value: string): Promise<void>
}
