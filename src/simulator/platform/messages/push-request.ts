import { randomInt } from 'node:crypto'
import { encryptText, signParts } from './push-cipher.js'
import type { ParsedPushSettings } from './push-settings.js'
import { type PushFields, writeFields } from './push-text.js'

/** A request of the platform to the app. */
export interface PushRequest {
  url: URL
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  body: string | undefined
}

export interface PushAccount {
  appId: string
  /** Unix seconds of the simulated clock. */
  seconds: number
}

/** Creates the request by which WeChat's console checks a push URL. */
export function createUrlCheck(
  settings: ParsedPushSettings,
  account: PushAccount,
  echostr: string,
): PushRequest {
  const query = { ...signedQuery(settings, account), echostr }
  return { url: addQuery(settings.url, query), method: 'GET', headers: {}, body: undefined }
}

/** Creates the request that pushes these fields in the mode and format of the settings. */
export function createPushRequest(
  settings: ParsedPushSettings,
  account: PushAccount,
  fields: PushFields,
): PushRequest {
  const { format, mode, token, aesKey } = settings
  const query: Record<string, string> = {
    ...signedQuery(settings, account),
    openid: String(fields.FromUserName),
  }
  let content = fields
  if (mode !== 'plain' && aesKey) {
    const encrypted = encryptText(writeFields(fields, format), account.appId, aesKey)
    query.encrypt_type = 'aes'
    query.msg_signature = signParts(token, query.timestamp ?? '', query.nonce ?? '', encrypted)
    // In compatible mode the body has the plain fields and the encrypted text.
    content = {
      ...(mode === 'secure' ? { ToUserName: fields.ToUserName ?? '' } : fields),
      Encrypt: encrypted,
    }
  }
  return {
    url: addQuery(settings.url, query),
    method: 'POST',
    headers: {
      'Content-Type': format === 'xml' ? 'text/xml' : 'application/json',
      'User-Agent': 'Mozilla/4.0',
    },
    body: writeFields(content, format),
  }
}

function signedQuery({ token }: ParsedPushSettings, { seconds }: PushAccount): Record<string, string> {
  const timestamp = String(seconds)
  const nonce = String(randomInt(100_000_000, 2_000_000_000))
  return { signature: signParts(token, timestamp, nonce), timestamp, nonce }
}

/** Adds parameters to the query of the push URL. */
function addQuery(address: string, query: Readonly<Record<string, string>>): URL {
  const url = new URL(address)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}
