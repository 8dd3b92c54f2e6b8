import type { Credential } from '../../wechat-api/credentials.js'
import type { CredentialName } from '../token-events.js'

/** Where the credentials of an account come from if not from WeChat itself. */
export interface TokenSource {
  /** Whether the source checks its tickets with WeChat itself. Such tickets are served until their short TTL ends. */
  readonly verifiesTickets: boolean
  /**
   * Fetches an access token from the source.
   * @throws {WechatUnavailableError} `token_source_unavailable` if the source fails
   */
  fetchAccessToken(signal: AbortSignal): Promise<Credential>
  /** Fetches a ticket. Resolves with undefined if the source has none: WeChat then gives one for the access token. */
  fetchJsapiTicket(signal: AbortSignal): Promise<Credential | undefined>
  /** Tells the source that WeChat has refused this credential. If the source fails, the promise still resolves. */
  reportDead(credential: CredentialName, value: string): Promise<void>
}
