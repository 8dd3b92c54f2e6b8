import type { AccountBehaviour } from '../behaviour.js'
import { isOauthDomain } from './domains.js'

export interface AuthorizeRequest {
  redirectUri: string
  scope: 'snsapi_base' | 'snsapi_userinfo'
  state: string
  forceSnapshot: boolean
  /** Ours, not WeChat's: `?person=` says who is at the phone. */
  personId: string | undefined
  /** What the platform would let pass or not, depending on the weather. */
  warnings: string[]
}

export type AuthorizeCheck =
  | { isAcceptable: true; request: AuthorizeRequest }
  | { isAcceptable: false; errorPage: number | undefined; reason: string }

const documentedOrder = ['appid', 'redirect_uri', 'response_type', 'scope', 'state']

/** Reads the query of an authorize address as strictly as the platform does; what it refuses ends on an error page. */
export function checkAuthorizeQuery(
  query: URLSearchParams,
  appId: string,
  behaviour: AccountBehaviour,
): AuthorizeCheck {
  const refuse = (errorPage: number | undefined, reason: string): AuthorizeCheck => ({
    isAcceptable: false,
    errorPage,
    reason,
  })
  const text = (name: string) => query.get(name) ?? ''

  if (!text('appid')) return refuse(10012, 'appid is empty')
  if (!text('redirect_uri')) return refuse(10011, 'redirect_uri is empty')
  if (!text('scope')) return refuse(10010, 'scope is empty')
  if (!text('state')) return refuse(10013, 'state is empty')
  if (text('appid') !== appId)
    return refuse(10012, `appid is not ${appId}, the one account of this simulator`)
  if (text('response_type') !== 'code') return refuse(undefined, 'response_type is not "code"')

  const scope = text('scope')
  if (!behaviour.certified || (scope !== 'snsapi_base' && scope !== 'snsapi_userinfo')) {
    return refuse(
      10005,
      behaviour.certified ? `the account has no scope "${scope}"` : 'the account is not certified',
    )
  }
  const redirectUri = text('redirect_uri')
  const target =
    /^https?:\/\//i.test(redirectUri) && URL.canParse(redirectUri) ? new URL(redirectUri) : undefined
  if (!target || /[\r\n]/.test(redirectUri) || !isOauthDomain(target, behaviour.oauthDomains)) {
    return refuse(10003, 'the domain of redirect_uri is not the one that the account has configured')
  }
  const state = text('state')
  if (behaviour.strictState && !/^[a-zA-Z0-9]{1,128}$/.test(state)) {
    return refuse(10013, 'state is not 1 to 128 letters and digits')
  }
  const warnings = orderWarnings(query)
  if (warnings.length > 0 && behaviour.parameterOrder === 'refuse')
    return refuse(undefined, warnings.join('; '))

  return {
    isAcceptable: true,
    request: {
      redirectUri,
      scope,
      state,
      forceSnapshot:
        scope === 'snsapi_userinfo' && (behaviour.snapshotPage || query.get('forceSnapShot') === 'true'),
      personId: query.get('person') ?? undefined,
      warnings: behaviour.parameterOrder === 'ignore' ? [] : warnings,
    },
  }
}

function orderWarnings(query: URLSearchParams): string[] {
  const names = [...query.keys()]
  return documentedOrder.every((name, index) => names[index] === name) && new Set(names).size === names.length
    ? []
    : [`the parameters are not in the documented order: ${documentedOrder.join(', ')}`]
}

/** `code` and `state` go into the query, before a fragment; nothing else of the address changes. */
export function callbackUrl(redirectUri: string, parameters: Readonly<Record<string, string>>): string {
  const hash = redirectUri.indexOf('#')
  const address = hash === -1 ? redirectUri : redirectUri.slice(0, hash)
  const fragment = hash === -1 ? '' : redirectUri.slice(hash)
  const separator = !address.includes('?') ? '?' : /[?&]$/.test(address) ? '' : '&'
  const callback = `${address}${separator}${new URLSearchParams(parameters)}${fragment}`
  // What no header can carry; a browser would write it the same way.
  return callback.replace(/[^\x21-\x7e]/gu, encodeURIComponent)
}
