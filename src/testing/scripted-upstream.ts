import { createServer, Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type Duplex, duplexPair } from 'node:stream'
import type { ClientAgents } from '../wechat-api/network/outgoing-network.js'

/** One call that the fake WeChat received. */
export interface FakeWechatCall {
  /** The path, such as `/cgi-bin/user/info`. */
  readonly endpoint: string
  readonly method: string
  readonly query: Readonly<Record<string, string>>
  /** The JSON body; undefined without one. */
  readonly json: unknown
}

/** What the fake WeChat answers: JSON, bytes, or `disconnect`: the connection breaks instead. */
export type FakeWechatAnswer =
  | { json: unknown }
  | { contentType: string; body: Uint8Array }
  | { disconnect: true }

/**
 * Makes connections that lead to a function in this process instead of the network. Everything between, from the
 * HTTP client to the parsing of answers, is what production runs.
 */
export function connectToUpstream(answer: (call: FakeWechatCall) => FakeWechatAnswer): ClientAgents {
  const server = createServer(async (req, res) => {
    send(res, answer(await readCall(req)))
  })

  class UpstreamAgent extends HttpAgent {
    override createConnection(): Duplex {
      const [clientSide, serverSide] = duplexPair()
      server.emit('connection', serverSide)
      return clientSide
    }
  }

  // The agents keep no connections alive, so that none is open after its answer.
  const agents = { http: new UpstreamAgent(), https: new HttpsAgent() }
  return { kept: agents, single: agents }
}

async function readCall(req: IncomingMessage): Promise<FakeWechatCall> {
  const url = new URL(req.url ?? '/', 'http://127.0.0.1')
  const chunks: Uint8Array[] = []
  for await (const chunk of req) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString('utf8')
  return {
    endpoint: url.pathname,
    method: req.method ?? 'GET',
    query: Object.fromEntries(url.searchParams),
    json: text === '' ? undefined : JSON.parse(text),
  }
}

function send(res: ServerResponse, answer: FakeWechatAnswer): void {
  if ('disconnect' in answer) {
    res.socket?.destroy()
    return
  }
  const isJson = 'json' in answer
  const body = isJson ? Buffer.from(JSON.stringify(answer.json)) : answer.body
  // The content type is that of WeChat, which declares its JSON as text/plain.
  const contentType = isJson ? 'text/plain; charset=utf-8' : answer.contentType
  res.writeHead(200, { 'content-type': contentType, 'content-length': body.length }).end(body)
}
