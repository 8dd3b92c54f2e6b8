import { z } from 'zod'
import { isLoopback } from '../../protocol/loopback.js'

/** The message push (消息推送) as WeChat's console has it. */
export interface PushSettings {
  /** Where the app receives pushes, such as `http://127.0.0.1:3000/wechat/push`. `allowInsecureHost` allows other machines. */
  url: string
  /** The Token: 3 to 32 letters and digits, the same as in the app. */
  token: string
  /** The EncodingAESKey: 43 characters of Base64, the same as in the app. */
  encodingAesKey?: string | undefined
  /** Pushes are plain, encrypted, or both (`compatible`). @default 'secure' with an `encodingAesKey`, else 'plain' */
  mode?: 'plain' | 'compatible' | 'secure' | undefined
  /** The format of pushes and replies. @default 'xml' */
  format?: 'xml' | 'json' | undefined
}

/** The settings with every default filled in. */
export interface ParsedPushSettings {
  url: string
  token: string
  aesKey: Buffer | undefined
  mode: 'plain' | 'compatible' | 'secure'
  format: 'xml' | 'json'
}

const schema = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }),
    token: z.string().regex(/^[A-Za-z0-9]{3,32}$/, 'must be 3 to 32 letters and digits'),
    encodingAesKey: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}$/, 'must be the 43 characters of the console')
      .optional(),
    mode: z.enum(['plain', 'compatible', 'secure']).optional(),
    format: z.enum(['xml', 'json']).default('xml'),
  })
  .transform(({ encodingAesKey, mode, ...rest }) => ({
    ...rest,
    mode: mode ?? (encodingAesKey === undefined ? ('plain' as const) : ('secure' as const)),
    aesKey: encodingAesKey === undefined ? undefined : Buffer.from(`${encodingAesKey}=`, 'base64'),
  }))
  .refine(({ mode, aesKey }) => mode === 'plain' || aesKey !== undefined, {
    path: ['encodingAesKey'],
    error: 'is needed in this mode',
  })

/**
 * Parses push settings. Without `allowInsecureHost`, the URL must be of this machine, so that no simulated push reaches a
 * server of real people.
 *
 * @throws {TypeError} that names the wrong setting, and repeats neither the token nor the key.
 */
export function parsePushSettings(settings: unknown, allowInsecureHost = false): ParsedPushSettings {
  const { data, error } = schema.safeParse(settings)
  if (error) throw new TypeError(`simulator: "push": ${z.prettifyError(error)}`)
  if (!allowInsecureHost && !isLoopback(new URL(data.url).hostname))
    throw new TypeError(
      'simulator: "push": "url" must be of this machine, such as http://127.0.0.1:3000/wechat/push (or set "allowInsecureHost": true; on the command line, --allow-insecure-host)',
    )
  return data
}
