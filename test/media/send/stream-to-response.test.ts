// @express 5 alone: the subject is the stream into a response of Node.js, of which Express changes neither write nor
// end; send-binary.test.ts and send-base64.test.ts hold the answers on both majors.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { getContext } from '../../../src/tokens/context.ts'
import {
  ANY_ID,
  jpegOf,
  type MediaSite,
  type MediaSiteSetup,
  readAnswer,
  sendMedia,
  startMediaSite,
} from '../../support/media-site.ts'

const sites: MediaSite[] = []
async function start(setup?: MediaSiteSetup): Promise<MediaSite> {
  const site = await startMediaSite(setup)
  sites.push(site)
  return site
}
afterEach(async () => {
  await Promise.all(sites.splice(0).map(site => site.close()))
})

const PATIENCE = { timeout: 20_000 }
const FORMATS = [`?media_id=${ANY_ID}`, `?media_id=${ANY_ID}&format=binary`]

/** Says that there are so many bytes, sends the first of them, and then does what the test wants. */
function beginMedia(res: ServerResponse, size: number, sent: number, then: () => void = () => {}): void {
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': size })
  res.write(jpegOf(sent), then)
}

/** As many bytes as the receiver takes, up to the size. */
function sendLongMedia(res: ServerResponse, size: number, onSent: (bytes: number) => void = () => {}): void {
  const piece = jpegOf(65_536)
  let left = size
  const more = () => {
    while (left > 0) {
      left -= piece.length
      onSent(piece.length)
      if (!res.write(piece)) return
    }
    res.end()
  }
  res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': size })
  res.on('drain', more)
  more()
}

describe('an upstream that breaks', () => {
  const size = 1_000_000
  const cuts = [1, 2, 3, 4, 65_535, 65_536, 65_537, 500_000, size - 1]

  it.each(cuts.flatMap(cut => FORMATS.map(query => [cut, query] as const)))(
    'after %i bytes never looks whole (%s)',
    async (cut, query) => {
      const site = await start()
      site.serve(res => beginMedia(res, size, cut, () => res.destroy()))

      const answer = await site.get(query)

      if (cut < 65_536) {
        expect(answer.status).toBe(502)
        expect(answer.json).toMatchObject({ status: 502, data: null })
      } else {
        expect({ status: answer.status, isWhole: answer.isWhole }).toEqual({ status: 200, isWhole: false })
      }
    },
  )

  it.each(cuts)('after %i chunked bytes never looks whole', async cut => {
    const site = await start()
    site.serve(res => {
      res.writeHead(200, { 'Content-Type': 'image/jpeg' })
      res.write(jpegOf(cut), () => res.destroy())
    })

    const { isWhole, status } = await site.get(`?media_id=${ANY_ID}`)

    const expected = cut < 65_536 ? { status: 502, isWhole: true } : { status: 200, isWhole: false }
    expect({ status, isWhole }).toEqual(expected)
  })

  it('in place of an answer is 502, and in place of the first of two goes unnoticed', async () => {
    const site = await start()
    const mediaId = site.wechat.uploadMedia({ type: 'image', data: jpegOf(100) })
    site.wechat.faults.next('/cgi-bin/media/get', 'reset')
    expect((await site.get(`?media_id=${mediaId}`)).status).toBe(200)

    site.wechat.faults.always('/cgi-bin/media/get', 'reset')
    expect((await site.get(`?media_id=${mediaId}`)).status).toBe(502)
  })

  it('in the middle of the headers, or with what is no HTTP, is 502', async () => {
    const site = await start()
    for (const text of ['HTTP/1.1 200 OK\r\nContent-Le', 'hello\r\n\r\n', 'HTTP/1.1 101 Switching\r\n\r\n']) {
      site.serve(res => res.socket?.end(text))
      expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
    }
  })
})

describe('an upstream that is slow', () => {
  it.each([0, 1, 65_535])('is 504 where the beginning does not come (%i bytes)', async sent => {
    const site = await start({ manager: { timeoutMs: 300 } })
    await site.tokenManager.getAccessToken()
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      beginMedia(res, 1_000_000, sent)
    })

    const { status } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(504)
    await closed.promise
  })

  it('is 504 where it drips, since the bytes add up to no beginning', async () => {
    const site = await start({ manager: { timeoutMs: 300 }, handler: { idleTimeoutMs: 100 } })
    await site.tokenManager.getAccessToken()
    site.serve(res => {
      beginMedia(res, 1_000, 1)
      const drip = setInterval(() => res.write('x'), 20)
      res.once('close', () => clearInterval(drip))
    })

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(504)
  })

  it('sends what has come of a small file when its time is up, and never as the whole', async () => {
    const site = await start({ manager: { timeoutMs: 300 }, handler: { idleTimeoutMs: 100 } })
    await site.tokenManager.getAccessToken()
    site.serve(res => beginMedia(res, 100_000, 70_000))

    const { status, isWhole } = await site.get(`?media_id=${ANY_ID}`)

    expect(status).toBe(200)
    expect(isWhole).toBe(false)
  })

  it.each(FORMATS)('is cut off where it stalls after the beginning (%s)', async query => {
    const site = await start({ handler: { idleTimeoutMs: 100 } })
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      beginMedia(res, 1_000_000, 200_000)
    })

    const { status, isWhole } = await site.get(query)

    expect(status).toBe(200)
    expect(isWhole).toBe(false)
    await closed.promise
  })

  it('is cut off where it drips for longer than the whole may take', async () => {
    const site = await start({ handler: { idleTimeoutMs: 10_000, maxDurationMs: 200 } })
    site.serve(res => {
      beginMedia(res, 10_000_000, 200_000)
      const drip = setInterval(() => res.write('x'), 20)
      res.once('close', () => clearInterval(drip))
    })

    expect((await site.get(`?media_id=${ANY_ID}`)).isWhole).toBe(false)
  })

  it('is waited for as long as something moves', async () => {
    const site = await start({ handler: { idleTimeoutMs: 1_000 } })
    const data = jpegOf(130_000 + 5 * 1_000)
    site.serve(res => {
      let sent = 131_000
      res.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': data.length })
      res.write(data.subarray(0, sent))
      const drip = setInterval(() => {
        res.write(data.subarray(sent, sent + 1_000))
        sent += 1_000
        if (sent < data.length) return
        clearInterval(drip)
        res.end()
      }, 300)
    })

    const { body, isWhole } = await site.get(`?media_id=${ANY_ID}&format=binary`)

    expect(isWhole).toBe(true)
    expect(body.equals(data)).toBe(true)
  })
})

describe('a receiver that is slow', () => {
  it.each(FORMATS)('stops the upstream, and is cut off where it stalls (%s)', async query => {
    const site = await start({ handler: { idleTimeoutMs: 200, maxBytes: 500_000_000, maxConcurrent: 1 } })
    const closed = Promise.withResolvers<void>()
    let sent = 0
    site.serve(res => {
      res.once('close', closed.resolve)
      sendLongMedia(res, 500_000_000, bytes => {
        sent += bytes
      })
    })

    const answer = await site.open(query)
    answer.pause()
    await closed.promise

    // What the buffers of the sockets between them hold, and no more.
    expect(sent).toBeLessThan(50_000_000)
    expect((await readAnswer(answer)).isWhole).toBe(false)
    // Its place is free again.
    site.serve(res => sendMedia(res, jpegOf(10)))
    expect((await site.get(query)).status).toBe(200)
  })

  it('that takes none of a complete answer keeps its place no longer', async () => {
    const hanging = await startMediaSite({ handler: { idleTimeoutMs: 100, maxConcurrent: 1 } }, app => {
      app.get('/hang', () => {})
    })
    sites.push(hanging)
    hanging.serve(res => sendMedia(res, jpegOf(10)))
    // Two requests at once: the second answer has to wait for the first, which never comes.
    const { port } = new URL(hanging.url)
    const socket = connect(Number(port), '127.0.0.1')
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
    socket.write(ask('/hang') + ask(`/media?media_id=${ANY_ID}`))
    await expect.poll(() => hanging.asked(), PATIENCE).toBe(1)

    await expect.poll(async () => (await hanging.get(`?media_id=${ANY_ID}`)).status, PATIENCE).toBe(200)
    socket.destroy()
  })

  it('gets everything in the end', async () => {
    const site = await start()
    const data = jpegOf(5_000_000)
    site.serve(res => sendMedia(res, data))

    const answer = await site.open(`?media_id=${ANY_ID}`)
    answer.on('data', () => {
      answer.pause()
      setImmediate(() => answer.resume())
    })
    const { json } = await readAnswer(answer)

    expect((json as Record<string, string>).media_data === data.toString('base64')).toBe(true)
  })
})

describe('a receiver that goes away', () => {
  it('closes the upstream at once, forty times of 500 MB, and leaves nothing behind', async () => {
    const site = await start({ handler: { maxBytes: 500_000_000 } })
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    let open = 0
    let closed = 0
    const all = Promise.withResolvers<void>()
    site.serve(res => {
      open += 1
      res.once('close', () => {
        closed += 1
        if (closed === 40) all.resolve()
      })
      sendLongMedia(res, 500_000_000)
    })
    const abortOne = async (query: string) => {
      const answer = await site.open(query)
      await once(answer, 'readable')
      answer.destroy()
    }

    for (let i = 0; i < 10; i++) await Promise.all([...FORMATS, ...FORMATS].map(abortOne))
    await all.promise

    expect(open).toBe(40)
    const { http } = getContext(site.tokenManager).client.network.direct
    await expect.poll(() => Object.values(http.sockets).flat().length, PATIENCE).toBe(0)
    expect(Object.values(http.requests).flat()).toHaveLength(0)
    expect(warnings).toEqual([])
    process.off('warning', onWarning)
  })

  it('before WeChat answers closes that call, and is told nothing', async () => {
    const site = await start({ handler: { maxConcurrent: 1 } })
    const asked = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      asked.resolve()
    })
    const gone = new AbortController()

    const answer = fetch(`${site.url}?media_id=${ANY_ID}`, { signal: gone.signal })
    await asked.promise
    gone.abort()

    await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
    await closed.promise
    site.serve(res => sendMedia(res, jpegOf(10)))
    await expect.poll(async () => (await site.get(`?media_id=${ANY_ID}`)).status, PATIENCE).toBe(200)
  })

  it('leaves the answer of HEAD closed at WeChat, too', async () => {
    const site = await start({ handler: { maxBytes: 500_000_000 } })
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      sendLongMedia(res, 500_000_000)
    })

    expect((await site.get(`?media_id=${ANY_ID}`, { method: 'HEAD' })).status).toBe(200)
    await closed.promise
  })

  it('never, where it is no medium: the upstream is closed all the same', async () => {
    const site = await start()
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'text/html' })
      res.write('<html>'.padEnd(200_000))
    })

    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(502)
    await closed.promise
  })

  it('never, where the type is refused: the upstream is closed all the same', async () => {
    const site = await start({ handler: { maxBytes: 500_000_000 } })
    const closed = Promise.withResolvers<void>()
    site.serve(res => {
      res.once('close', closed.resolve)
      res.writeHead(200, { 'Content-Type': 'image/bmp', 'Content-Length': 500_000_000 })
      res.write(Buffer.alloc(200_000, 'BM'))
    })

    expect((await site.get(`?media_id=${ANY_ID}&format=binary`)).status).toBe(415)
    await closed.promise
  })
})

describe('the process', () => {
  it('carries 128 downloads at once; one more is 503 and may come back', async () => {
    const site = await start()
    const held: ServerResponse[] = []
    const full = Promise.withResolvers<void>()
    site.serve(res => {
      held.push(res)
      if (held.length === 128) full.resolve()
    })
    const first = Array.from({ length: 128 }, () => site.get(`?media_id=${ANY_ID}`))
    await full.promise

    const refused = await site.get(`?media_id=${ANY_ID}`)

    expect(refused.status).toBe(503)
    expect(refused.headers['retry-after']).toBe('2')
    expect(refused.json).toMatchObject({ status: 503, data: null })
    expect(held).toHaveLength(128)
    for (const res of held) sendMedia(res, jpegOf(10))
    expect((await Promise.all(first)).every(({ status }) => status === 200)).toBe(true)
    site.serve(res => sendMedia(res, jpegOf(10)))
    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(200)
  })

  it('asks for nothing where the receiver went away while a guard was at work', async () => {
    const reached = Promise.withResolvers<void>()
    const site = await startMediaSite({}, app => {
      app.use((req, res, next) => {
        if (req.method === 'GET' && req.query.slow === undefined) return next()
        reached.resolve()
        res.once('close', () => next())
      })
    })
    sites.push(site)
    const { port } = new URL(site.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(`GET /media?slow&media_id=${ANY_ID} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await reached.promise
    socket.destroy()
    site.serve(res => sendMedia(res, jpegOf(10)))
    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(200)
    expect(site.asked()).toBe(1)
  })

  it('frees the place of every failure', async () => {
    const site = await start({ handler: { maxConcurrent: 1 } })
    const failures: ((res: ServerResponse) => void)[] = [
      res => res.destroy(),
      res => sendMedia(res, jpegOf(10), { contentType: 'text/html' }),
      res => sendMedia(res, Buffer.from('{"errcode":40007}')),
      res => beginMedia(res, 1_000_000, 200_000, () => res.destroy()),
    ]
    for (const failure of failures) {
      site.serve(failure)
      for (const query of FORMATS) expect((await site.get(query)).status).not.toBe(503)
    }
    await site.get('?media_id=')
    site.serve(res => sendMedia(res, jpegOf(10)))
    expect((await site.get(`?media_id=${ANY_ID}`)).status).toBe(200)
  })

  it('keeps connections to WeChat between small downloads', async () => {
    const site = await start()
    const sockets = new Set<IncomingMessage['socket'] | null>()
    site.serve(res => {
      sockets.add(res.socket)
      sendMedia(res, jpegOf(1_000))
    })

    for (let i = 0; i < 5; i++) await site.get(`?media_id=${ANY_ID}`)

    expect(sockets.size).toBe(1)
  })
})
