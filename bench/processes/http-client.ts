import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 20 })

export interface BenchAnswer {
  status: number
  location: string
  cookies: string
}

/** Sends one request to a server on this machine: a GET, or a POST of JSON if there is a body. */
export function send(
  port: number,
  path: string,
  { body, cookies = '' }: { body?: string; cookies?: string } = {},
): Promise<BenchAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BenchAnswer>()
  const headers = {
    accept: 'text/html',
    ...(cookies && { cookie: cookies }),
    ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
  }
  const options = { agent, host: '127.0.0.1', port, path, method: body ? 'POST' : 'GET', headers }
  request(options, answer => {
    answer.resume().once('end', () =>
      resolve({
        status: answer.statusCode ?? 0,
        location: answer.headers.location ?? '',
        cookies: (answer.headers['set-cookie'] ?? []).map(text => text.split(';')[0]).join('; '),
      }),
    )
  })
    .on('error', reject)
    .end(body)
  return promise
}

/** Runs `work` for each index below `count`, at most `atOnce` of them at the same time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

export function assertStatus({ status }: BenchAnswer, wanted: number): void {
  if (status !== wanted) throw new Error(`the server answered ${status} instead of ${wanted}`)
}
