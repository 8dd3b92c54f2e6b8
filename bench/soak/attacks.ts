import { randomBytes, randomUUID } from 'node:crypto'
import { type Ending, readAndLeave, readAndStall, send, sendText } from './client.ts'
import { SERVICE_KEY } from './keys.ts'

/** One kind of request: a number of clients that repeat it, each with a pause. */
export interface Attack {
  kind: string
  clients: number
  pauseMs: number
  /** The only right ending of an ordinary visitor's request; undefined for hostile requests, which may end in any way. */
  expected?: Ending
  run(origin: string, signal: AbortSignal): Promise<Ending>
}

const media = (origin: string, kind: string, format = 'binary') =>
  `${origin}/wechat/offiaccount/media?media_id=${kind}_${randomUUID()}&format=${format}`
const jssdk = (origin: string) => `${origin}/wechat/offiaccount/jssdk`
const asJson = { 'content-type': 'application/json' }
const asService = { authorization: `Bearer ${SERVICE_KEY}` }

const KIB_64 = 64 * 1024

/** Returns a Cookie header of 100 login cookies, which a sibling host could set, and of texts that are no cookies. */
function malformedCookies(): string {
  const planted = Array.from(
    { length: 100 },
    (_, index) => `wechat-return-00000000-${index.toString(16).padStart(16, '0')}=1.x.y`,
  )
  return [
    '=',
    ';;',
    'connect.sid=s%3A%',
    'connect.sid=%00',
    '__proto__=1',
    `wechat-returned=${'a.'.repeat(40)}`,
    ...planted,
  ].join('; ')
}

/** Returns the Cookie header with the cookies that an answer sets. */
function readCookies(setCookies: readonly string[] = []): string {
  return setCookies.map(text => text.split(';')[0]).join('; ')
}

/** Logs in, requests the guarded page and logs out. Resolves to the page's ending, or to that of a failed callback. */
async function logIn(origin: string, code: string, signal: AbortSignal): Promise<Ending> {
  const begun = await send(`${origin}/wechat/auth?state=%2Fpage`, {}, signal)
  const state = /state=([0-9a-f]+)/.exec(begun.headers.location ?? '')?.[1] ?? ''
  const cookie = readCookies(begun.headers['set-cookie'])
  const callback = `${origin}/wechat/auth/code?code=${code}&state=${state}`
  const ended = await send(callback, { headers: { cookie } }, signal)
  if (ended.ending !== '302') return ended.ending
  const session = { cookie: readCookies(ended.headers['set-cookie']) }
  const page = await send(`${origin}/page`, { headers: session }, signal)
  await send(`${origin}/wechat/auth/logout`, { method: 'POST', headers: session }, signal)
  return page.ending
}

const ending = async (sent: ReturnType<typeof send>): Promise<Ending> => (await sent).ending

/** The requests of ordinary visitors during the attacks: each of them has to succeed. */
const VISITORS: Attack[] = [
  {
    kind: 'visitor: signature',
    clients: 2,
    pauseMs: 200,
    expected: '200',
    run: (origin, signal) =>
      ending(
        send(
          jssdk(origin),
          { method: 'POST', headers: asJson, body: JSON.stringify({ url: `${origin}/page` }) },
          signal,
        ),
      ),
  },
  {
    kind: 'visitor: login',
    clients: 1,
    pauseMs: 500,
    expected: '200',
    run: (origin, signal) => logIn(origin, `good_${randomBytes(8).toString('hex')}`, signal),
  },
]

const BODIES: Attack[] = [
  {
    kind: 'body of 64 KiB',
    clients: 2,
    pauseMs: 200,
    run: (origin, signal) =>
      ending(
        send(
          jssdk(origin),
          { method: 'POST', headers: asJson, body: `{"url":"${'x'.repeat(KIB_64 - 10)}"}` },
          signal,
        ),
      ),
  },
  {
    kind: 'deep JSON',
    clients: 2,
    pauseMs: 200,
    run: (origin, signal) =>
      ending(
        send(
          jssdk(origin),
          { method: 'POST', headers: asJson, body: `{"url":${'['.repeat(20_000)}${']'.repeat(20_000)}}` },
          signal,
        ),
      ),
  },
  {
    kind: 'aborted upload',
    clients: 2,
    pauseMs: 200,
    run: (origin, signal) =>
      ending(
        send(
          `${origin}/wechat/api/cgi-bin/message/custom/send`,
          {
            method: 'POST',
            headers: { ...asJson, ...asService },
            body: 'x'.repeat(KIB_64),
            announcedBytes: 900_000,
            leaveAfterMs: 500,
          },
          signal,
        ),
      ),
  },
  {
    kind: 'half a body',
    clients: 5,
    pauseMs: 100,
    run: (origin, signal) =>
      ending(
        send(
          jssdk(origin),
          { method: 'POST', headers: asJson, body: '{"url":', announcedBytes: 60, leaveAfterMs: 12_000 },
          signal,
        ),
      ),
  },
  {
    kind: 'half a request',
    clients: 20,
    pauseMs: 100,
    run: (origin, signal) =>
      sendText(origin, 'GET /wechat/auth HTTP/1.1\r\nHost: x\r\nCookie: ', 10_000, signal),
  },
]

const LOGINS: Attack[] = [
  {
    kind: 'forged state',
    clients: 2,
    pauseMs: 100,
    run: (origin, signal) => {
      const state = randomBytes(61).toString('hex').slice(0, 121)
      return ending(send(`${origin}/wechat/auth/code?code=good_1&state=${state}`, {}, signal))
    },
  },
  {
    kind: 'refused code',
    clients: 1,
    pauseMs: 300,
    run: (origin, signal) => logIn(origin, 'bad', signal),
  },
  {
    kind: 'malformed cookies',
    clients: 2,
    pauseMs: 100,
    run: (origin, signal) =>
      ending(
        send(`${origin}/wechat/auth?state=%2Fpage`, { headers: { cookie: malformedCookies() } }, signal),
      ),
  },
  {
    kind: 'guarded page',
    clients: 1,
    pauseMs: 100,
    run: (origin, signal) =>
      ending(
        send(
          `${origin}/page?wechat-round=9-x`,
          { headers: { accept: 'text/html', cookie: malformedCookies() } },
          signal,
        ),
      ),
  },
  {
    kind: 'evil return URL',
    clients: 1,
    pauseMs: 100,
    run: (origin, signal) => ending(send(`${origin}/wechat/auth?state=%2F%5Cevil.test`, {}, signal)),
  },
  {
    kind: 'wrong key',
    clients: 1,
    pauseMs: 200,
    run: (origin, signal) =>
      ending(
        send(`${origin}/wechat/token`, { headers: { authorization: `Bearer ${randomUUID()}` } }, signal),
      ),
  },
]

const DOWNLOADS: Attack[] = [
  {
    kind: 'slow upstream',
    clients: 100,
    pauseMs: 1_000,
    run: (origin, signal) => ending(send(media(origin, 'slow'), {}, signal)),
  },
  {
    kind: 'silent upstream',
    clients: 5,
    pauseMs: 500,
    run: (origin, signal) => ending(send(media(origin, 'silent'), {}, signal)),
  },
  {
    kind: 'stalled reader',
    clients: 20,
    pauseMs: 500,
    run: (origin, signal) =>
      ending(send(media(origin, 'large'), { read: readAndStall(70_000, 15_000) }, signal)),
  },
  {
    kind: 'aborted download',
    clients: 2,
    pauseMs: 200,
    run: (origin, signal) => ending(send(media(origin, 'large'), { read: readAndLeave(100_000) }, signal)),
  },
  {
    kind: 'broken upstream',
    clients: 1,
    pauseMs: 200,
    run: (origin, signal) => ending(send(media(origin, 'reset'), {}, signal)),
  },
  {
    kind: 'base64 download',
    clients: 1,
    pauseMs: 300,
    run: (origin, signal) =>
      ending(send(media(origin, 'large', 'base64').replace('&format=base64', ''), {}, signal)),
  },
  ...['small', 'html', 'error', 'video'].map(kind => ({
    kind: `medium: ${kind}`,
    clients: 1,
    pauseMs: 300,
    run: (origin: string, signal: AbortSignal) => ending(send(media(origin, kind), {}, signal)),
  })),
]

export const ATTACKS: readonly Attack[] = [...VISITORS, ...BODIES, ...LOGINS, ...DOWNLOADS]
