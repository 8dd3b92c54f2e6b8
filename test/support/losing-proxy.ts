import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** `request`: a kept connection is reset before the request reaches WeChat; `answer`: after WeChat has answered. */
export type Loss = 'request' | 'answer' | undefined

export interface LosingProxy {
  readonly url: string
  /** How many kept connections were reset at this moment. */
  count(loss: 'request' | 'answer'): number
  close(): Promise<void>
}

/** Starts a proxy to WeChat that resets kept connections as `chooseLoss` says. New connections are never reset. */
export async function startLosingProxy(
  upstreamUrl: string,
  chooseLoss: (address: string) => Loss,
): Promise<LosingProxy> {
  const agent = new Agent({ keepAlive: true })
  const used = new Set<Socket>()
  const counts = { request: 0, answer: 0 }

  function forward(req: IncomingMessage, res: ServerResponse, isAnswerLost: boolean): void {
    const { method, headers, url = '/' } = req
    const upstream = request(new URL(url, upstreamUrl), { method, headers, agent }, answer => {
      if (isAnswerLost) {
        answer.resume().once('end', () => req.socket.resetAndDestroy())
        return
      }
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    upstream.on('error', () => res.destroy())
    req.pipe(upstream)
  }

  const server = createServer((req, res) => {
    const loss = used.has(req.socket) ? chooseLoss(req.url ?? '/') : undefined
    used.add(req.socket)
    if (loss) counts[loss] += 1
    if (loss === 'request') req.socket.resetAndDestroy()
    else forward(req, res, loss === 'answer')
  })
  server.keepAliveTimeout = 0
  server.on('connection', socket => {
    socket.on('error', () => {}).once('close', () => used.delete(socket))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: loss => counts[loss],
    async close() {
      agent.destroy()
      server.closeAllConnections()
      await new Promise(done => server.close(done))
    },
  }
}
