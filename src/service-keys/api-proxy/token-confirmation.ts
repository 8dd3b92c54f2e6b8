import { unavailableError } from '../../errors/create-error.js'
import { WechatError } from '../../errors/errors.js'
import { getContext, withAccessToken } from '../../tokens/context.js'
import type { TokenManager } from '../../tokens/token-manager.js'
import { createSingleFlight } from '../../util/single-flight.js'
import { HARMLESS_ENDPOINT } from '../../wechat-api/credentials.js'
import { callAnyApi } from '../../wechat-api/request.js'

export interface TokenConfirmation {
  /** Notes that WeChat has accepted this token just now. */
  note(token: string): void
  /**
   * Returns an access token that WeChat has accepted within the last ten seconds.
   * @throws {WechatUnavailableError} `api_token_unconfirmed` if there is no such token
   */
  get(): Promise<string>
}

const CONFIRMED_MS = 10_000

/**
 * Confirms the token by a small call before a body that can be sent only once: only a call shows that WeChat refuses a
 * token, and the body would be lost.
 */
export function createTokenConfirmation(tokenManager: TokenManager): TokenConfirmation {
  const { client, clock } = getContext(tokenManager)
  const calls = createSingleFlight<'confirm', string>()
  let confirmed: { token: string; at: number } | undefined

  function note(token: string): void {
    confirmed = { token, at: clock.monotonicMs() }
  }

  async function confirm(): Promise<string> {
    return withAccessToken(tokenManager, async token => {
      await callAnyApi(client, token, HARMLESS_ENDPOINT, {})
      note(token)
      return token
    })
  }

  return {
    note,
    async get() {
      try {
        const token = await tokenManager.getAccessToken()
        const isConfirmed = confirmed?.token === token && clock.monotonicMs() - confirmed.at < CONFIRMED_MS
        return isConfirmed ? token : await calls.run('confirm', confirm)
      } catch (error) {
        if (error instanceof WechatError) throw unavailableError('api_token_unconfirmed', undefined, 1)
        throw error
      }
    },
  }
}
