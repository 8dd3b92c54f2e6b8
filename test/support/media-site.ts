import type { ServerResponse } from 'node:http'
import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import express, { type Express } from 'express'
import {
  createTokenManager,
  type MediaProxyOptions,
  mediaProxyHandler,
  type TokenManager,
  type TokenManagerOptions,
} from 'express-wechat'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { listen } from './listen.ts'

export const MEDIA = '/cgi-bin/media/get'
export const HIGH_QUALITY = '/cgi-bin/media/get/jssdk'
/** A `media_id` for tests that script the answer. */
export const ANY_ID = 'some_media_id-1'

let ids = 0
/** Makes a new id for each medium, because the handler caches: WeChat never changes the bytes of an id. */
export function createMediaId(): string {
  ids += 1
  return `media_id-${ids}`
}

/** An app with the media handler alone, and the simulator that it calls. */
export interface MediaSite {
  wechat: RunningSimulator
  tokenManager: TokenManager
  url: string
  /** Answers all media calls of this path by the function from now on. */
  serve(handle: (res: ServerResponse) => void, path?: string): void
  /** How many media calls of this path the simulator got. */
  asked(path?: string): number
  get(query: string, options?: GetOptions): Promise<Answer>
  /** Resolves to the answer as soon as it begins. */
  open(query: string, options?: GetOptions): Promise<IncomingMessage>
  close(): Promise<void>
}

export interface GetOptions {
  method?: string
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** False if the connection ended before the answer did. */
  isWhole: boolean
  text: string
  json: unknown
}

export interface MediaSiteSetup {
  handler?: Omit<MediaProxyOptions, 'tokenManager'>
  manager?: TokenManagerOptions
}

export async function startMediaSite(
  setup: MediaSiteSetup = {},
  before: (app: Express) => void = () => {},
): Promise<MediaSite> {
  const wechat = await startSimulator()
  const tokenManager = createTokenManager({
    appId: wechat.env.WECHAT_APP_ID,
    appSecret: wechat.env.WECHAT_APP_SECRET,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
    ...setup.manager,
  })
  const app = express()
  before(app)
  app.all('/media', mediaProxyHandler({ tokenManager, ...setup.handler }))
  const server = await listen(app)
  const agent = new Agent({ keepAlive: false })
  const url = `${server.origin}/media`

  function open(query: string, { method = 'GET', headers = {} }: GetOptions = {}): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    request(`${url}${query}`, { agent, method, headers }, resolve).on('error', reject).end()
    return promise
  }

  return {
    wechat,
    tokenManager,
    url,
    serve: (handle, path = MEDIA) => wechat.faults.always(path, { handle: (_req, res) => handle(res) }),
    asked: (path = MEDIA) => wechat.history.count(path),
    open,
    get: async (query, options) => readAnswer(await open(query, options)),
    async close() {
      agent.destroy()
      await tokenManager.close()
      await wechat.close()
      await server.close()
    },
  }
}

export async function readAnswer(message: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  message.on('data', (chunk: Buffer) => chunks.push(chunk))
  message.resume()
  await new Promise(resolve => message.once('close', resolve).on('error', () => {}))
  const body = Buffer.concat(chunks)
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body,
    isWhole: message.complete,
    // Long media are rarely read as text.
    get text() {
      return body.toString()
    },
    get json() {
      return JSON.parse(body.toString())
    },
  }
}

/** Makes bytes that begin like a JPEG. The same size always gives the same bytes, and they do not repeat. */
export function jpegOf(size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8) * 17 + (i >> 16)) & 0xff
  bytes.set([0xff, 0xd8, 0xff].slice(0, size))
  return bytes
}

/** Answers with a medium as WeChat does: with a Content-Length, or chunked if `length` is false. */
export function sendMedia(
  res: ServerResponse,
  data: Buffer,
  { contentType = 'image/jpeg', length = true }: { contentType?: string; length?: boolean } = {},
): void {
  res.writeHead(200, {
    ...(contentType !== '' && { 'Content-Type': contentType }),
    ...(length && { 'Content-Length': data.length }),
  })
  res.end(data)
}
