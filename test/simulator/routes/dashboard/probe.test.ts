import type { RequestListener } from 'node:http'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listen } from '../../../support/listen.ts'
import { call, simulate } from '../../support.ts'

async function startApp(listener: RequestListener): Promise<string> {
  const { origin, close } = await listen(listener)
  onTestFinished(close)
  return origin
}

const ownHeaders = (simulator: RunningSimulator) => ({
  origin: simulator.url,
  'x-simulator-key': simulator.controlKey,
})

function probe(simulator: RunningSimulator, url: string, headers: Record<string, string> = {}) {
  return call(
    simulator,
    '/simulator/probe',
    {},
    {
      method: 'POST',
      headers: { ...ownHeaders(simulator), ...headers },
      body: JSON.stringify({ url }),
    },
  )
}

const wordFor = async (simulator: RunningSimulator, url: string) => (await probe(simulator, url)).body.word

describe('the probe of a page', () => {
  it('finds nothing in the way of a page that may be framed', async () => {
    const app = await startApp((_req, res) => res.end('<p>page</p>'))
    expect(await wordFor(await simulate(), app)).toBe('fine')
  })

  it('finds a page that forbids framing behind a redirect', async () => {
    const app = await startApp((req, res) => {
      if (req.url === '/') res.writeHead(302, { location: '/inner' }).end()
      else res.writeHead(200, { 'x-frame-options': 'DENY' }).end()
    })
    expect(await wordFor(await simulate(), `${app}/`)).toBe('framing-forbidden')
  })

  it('asks no other machine, also not by way of a redirect', async () => {
    const simulator = await simulate()
    const asked: string[] = []
    const app = await startApp((req, res) => {
      asked.push(req.url ?? '')
      res.writeHead(302, { location: 'http://0.0.0.0:1/secret' }).end()
    })
    expect(await wordFor(simulator, `${app}/first`)).toBe('foreign-address')
    expect(await wordFor(simulator, 'https://example.com/')).toBe('foreign-address')
    expect(asked).toEqual(['/first'])
  })

  it('follows five redirects and no sixth', async () => {
    const simulator = await simulate()
    let asked = 0
    const app = await startApp((req, res) => {
      asked += 1
      const left = Number((req.url ?? '').slice(1))
      if (left === 0) res.end('arrived')
      else res.writeHead(302, { location: `/${left - 1}` }).end()
    })
    expect(await wordFor(simulator, `${app}/5`)).toBe('fine')
    expect(asked).toBe(6)
    expect(await wordFor(simulator, `${app}/6`)).toBe('too-many-redirects')
    expect(asked).toBe(12)
  })

  it('reads headers only: a body without end does not keep it', async () => {
    const app = await startApp((_req, res) => void res.writeHead(200).write('never ends'))
    expect(await wordFor(await simulate(), app)).toBe('fine')
  })

  it('says that nothing listens, and that a connection is cut', async () => {
    const simulator = await simulate()
    const app = await startApp(req => req.socket.destroy())
    expect(await wordFor(simulator, app)).toBe('no-answer')
    const stopped = await simulate()
    await stopped.close()
    expect(await wordFor(simulator, stopped.url)).toBe('not-running')
  })

  it('stops at the login of the simulator, so that it uses up no planned fault', async () => {
    const simulator = await simulate()
    simulator.faults.next('/connect/oauth2/authorize', 'reset')
    const app = await startApp((_req, res) =>
      res.writeHead(302, { location: `${simulator.url}/connect/oauth2/authorize?x` }).end(),
    )
    expect(await wordFor(simulator, app)).toBe('fine')
    expect(simulator.history.entries).toEqual([])
    expect(await wordFor(simulator, `${simulator.url}/phone`)).toBe('framing-forbidden')
  })

  it('is refused without the key, from another origin, from none, and by GET', async () => {
    const simulator = await simulate()
    const asked: string[] = []
    const app = await startApp((req, res) => {
      asked.push(req.url ?? '')
      res.end()
    })
    expect((await probe(simulator, app, { 'x-simulator-key': 'guessed' })).status).toBe(401)
    expect((await probe(simulator, app, { origin: 'http://127.0.0.1:1' })).status).toBe(403)
    const { origin: _origin, ...withoutOrigin } = ownHeaders(simulator)
    const answer = await call(
      simulator,
      '/simulator/probe',
      {},
      {
        method: 'POST',
        headers: withoutOrigin,
        body: JSON.stringify({ url: app }),
      },
    )
    expect(answer.status).toBe(403)
    expect((await call(simulator, '/simulator/probe', { url: app })).status).toBe(404)
    expect((await call(simulator, '/simulator/framing', { url: app })).status).toBe(404)
    expect(asked).toEqual([])
  })

  it.each(['not an address', 'ftp://127.0.0.1/', 'javascript:alert(1)', ''])('refuses %j', async url => {
    expect((await probe(await simulate(), url)).status).toBe(400)
  })
})

describe('the phone and the page have one host name', () => {
  const locationOf = async (url: string, headers: Record<string, string> = {}) =>
    (await call({ url }, '', {}, { headers })).headers.get('location')

  it('opens under the name of the page, if that is this machine', async () => {
    const simulator = await simulate()
    const { port } = new URL(simulator.url)
    const query = 'url=http%3A%2F%2Flocalhost%3A3000%2F&tab=time'
    expect(await locationOf(`${simulator.url}/phone?${query}`)).toBe(
      `http://localhost:${port}/phone?${query}`,
    )
    expect(await locationOf(`${simulator.url}/phone?url=http://127.0.0.1:3000/`)).toBeNull()
    expect(await locationOf(`${simulator.url}/phone?url=https://example.com/`)).toBeNull()
    expect(await locationOf(`${simulator.url}/phone?url=http://[::1]:3000/`)).toBeNull()
    expect(await locationOf(`${simulator.url}/phone?url=nothing`)).toBeNull()
  })

  it('keeps a login in a frame under the name of the app, and leaves others alone', async () => {
    const simulator = await simulate()
    const login = `${simulator.url}/connect/oauth2/authorize?redirect_uri=http://localhost:3000/cb`
    expect(await locationOf(login, { 'sec-fetch-dest': 'iframe' })).toBe(
      login.replace('127.0.0.1', 'localhost'),
    )
    expect(simulator.history.entries).toEqual([])
    expect(await locationOf(login, { 'sec-fetch-dest': 'document' })).toBeNull()
  })
})
