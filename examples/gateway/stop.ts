import type { IncomingMessage, Server, ServerResponse } from 'node:http'

export interface Drain {
  readonly isStopping: boolean
  /** Takes no new connections, and waits until what is being answered is answered, but no longer than this. */
  finishAnswers(withinMs: number): Promise<void>
}

export function createDrain(server: Server): Drain {
  const underWay = new Set<ServerResponse>()
  let isStopping = false
  let onIdle = () => {}

  server.prependListener('request', (_req: IncomingMessage, res: ServerResponse) => {
    underWay.add(res)
    if (isStopping) res.setHeader('Connection', 'close')
    res.once('close', () => {
      underWay.delete(res)
      if (underWay.size === 0) onIdle()
    })
  })

  return {
    get isStopping() {
      return isStopping
    },
    async finishAnswers(withinMs) {
      isStopping = true
      server.close()
      for (const res of underWay) if (!res.headersSent) res.setHeader('Connection', 'close')
      if (underWay.size === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      onIdle = resolve
      const limit = setTimeout(resolve, withinMs)
      await promise
      clearTimeout(limit)
    },
  }
}
