import { createHash } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import { type InjectedAnswer, inject } from '../../support/inject.ts'

/** What WeChat's console has of an account. */
export interface PushConsole {
  token: string
  aesKey?: string
  appId: string
}

export interface PushOptions {
  format?: 'xml' | 'json'
  /** Seconds since 1970, as WeChat's clock has them. */
  timestamp?: number | string
  nonce?: string
  contentType?: string
  path?: string
  query?: Record<string, string>
  onResponse?(res: ServerResponse): void
}

export const NONCE = '415670741'

/** The fields of a text message. Each has another id. */
export function textMessage(more: Record<string, string | number> = {}): Record<string, string | number> {
  return {
    ToUserName: 'gh_97417a04a28d',
    FromUserName: 'o9AgO5Kd5ggOC-bXrbNODIiE3bGY',
    CreateTime: 1_714_112_445,
    MsgType: 'text',
    Content: 'hello',
    MsgId: `245597353164${Math.floor(Math.random() * 90_000 + 10_000)}`,
    ...more,
  }
}

export function toXml(fields: Record<string, string | number>): string {
  const children = Object.entries(fields).map(([name, value]) => {
    return `<${name}>${typeof value === 'number' ? value : `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`}</${name}>`
  })
  return `<xml>${children.join('')}</xml>`
}

/** Posts to a program that listens at this address. */
export function postTo(url: string): PushTransport {
  return async (_path, { headers, body }, search) => {
    const answer = await fetch(`${url}?${search}`, { method: 'POST', headers, body: String(body) })
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() }
  }
}

type PushAnswer = Pick<InjectedAnswer, 'status' | 'headers' | 'text'>

type PushTransport = (
  path: string,
  request: { headers: Record<string, string>; body: string | Buffer; onResponse?(res: ServerResponse): void },
  search: URLSearchParams,
) => Promise<PushAnswer>

const handTo =
  (app: RequestListener): PushTransport =>
  (path, request, search) =>
    inject(app, `${path}?${search}`, { method: 'POST', ...request })

/** Sends pushes as WeChat does, to an app or by a transport. A library for WeCom signs and encrypts them, so that no code of this package does. */
export function createPushClient(
  target: RequestListener | { transport: PushTransport },
  { token, aesKey, appId }: PushConsole,
) {
  const transport = typeof target === 'function' ? handTo(target) : target.transport

  function send(body: string | Buffer, query: Record<string, string>, options: PushOptions = {}) {
    const { format = 'xml', contentType, path = '/push', onResponse } = options
    const type = contentType ?? (format === 'xml' ? 'text/xml' : 'application/json')
    const request = {
      headers: (type === '' ? {} : { 'content-type': type }) as Record<string, string>,
      body,
      ...(onResponse && { onResponse }),
    }
    return transport(path, request, new URLSearchParams({ ...query, ...options.query }))
  }

  function plainQuery({ timestamp = nowSeconds(), nonce = NONCE }: PushOptions) {
    const signature = createHash('sha1')
      .update([token, String(timestamp), nonce].sort().join(''))
      .digest('hex')
    return { signature, timestamp: String(timestamp), nonce }
  }

  function encrypted(text: string, options: PushOptions, key = aesKey ?? '', id = appId) {
    const { format = 'xml', nonce = NONCE } = options
    const { timestamp } = plainQuery(options)
    const Encrypt = encrypt(key, text, id)
    const msg_signature = getSignature(token, timestamp, nonce, Encrypt)
    const fields = { ToUserName: 'gh_97417a04a28d', Encrypt }
    return {
      body: format === 'xml' ? toXml(fields) : JSON.stringify(fields),
      query: { ...plainQuery(options), encrypt_type: 'aes', msg_signature, openid: 'o1' },
    }
  }

  return {
    send,
    plainQuery,
    encrypted,
    /** Encrypted if the console has a key. */
    push(fields: Record<string, unknown>, options: PushOptions = {}): Promise<PushAnswer> {
      const { format = 'xml' } = options
      const text = format === 'xml' ? toXml(fields as Record<string, string>) : JSON.stringify(fields)
      if (aesKey === undefined) return send(text, plainQuery(options), options)
      const { body, query } = encrypted(text, options)
      return send(body, query, options)
    },
    /** What the answer says, or `success`. */
    read({ text }: PushAnswer): string {
      if (aesKey === undefined || text === 'success') return text
      const one = (name: string) =>
        new RegExp(`(?:<${name}>(?:<!\\[CDATA\\[)?|"${name}":"?)([^<"\\],}]+)`).exec(text)?.[1] ?? ''
      const wanted = getSignature(token, one('TimeStamp'), one('Nonce'), one('Encrypt'))
      if (one('MsgSignature') !== wanted) throw new Error('the answer has a wrong signature')
      const { message, id } = decrypt(aesKey, one('Encrypt'))
      if (id !== appId) throw new Error(`the answer is of ${id}`)
      return message
    },
  }
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000)
