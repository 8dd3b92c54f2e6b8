import type { DashboardSnapshot } from '../protocol/dashboard.js'

const { base = '', key = '' } = document.documentElement.dataset

/** What the developer wants changed; the words are those of the control API. */
export interface SimulatorApi {
  snapshot(): Promise<DashboardSnapshot>
  isFramingForbidden(url: string): Promise<boolean>
  bePerson(id: string | undefined): Promise<void>
  advance(ms: number): Promise<void>
  plan(path: string, fault: unknown): Promise<void>
  clearFaults(): Promise<void>
  clearHistory(): Promise<void>
  configure(changes: Record<string, unknown>): Promise<void>
  act(name: string): Promise<void>
}

export function addressOf(path: string): string {
  return `${base}${path}`
}

export const simulator: SimulatorApi = {
  snapshot: async () => (await send('GET', '/simulator/dashboard')).json(),
  async isFramingForbidden(url) {
    const answer = await send('GET', `/simulator/framing?${new URLSearchParams({ url })}`)
    const { isForbidden }: { isForbidden: boolean } = await answer.json()
    return isForbidden
  },
  async bePerson(id) {
    const form = new URLSearchParams(id === undefined ? { forget: '' } : { person: id })
    await fetch(addressOf('/'), { method: 'POST', body: form, redirect: 'manual' })
  },
  advance: ms => change('POST', '/simulator/clock', { advanceMs: ms }),
  plan: (path, fault) => change('POST', '/simulator/faults', { path, fault }),
  clearFaults: () => change('DELETE', '/simulator/faults'),
  clearHistory: () => change('DELETE', '/simulator/history'),
  configure: changes => change('POST', '/simulator/behaviour', changes),
  act: name => change('POST', `/simulator/actions/${name}`),
}

async function change(method: string, path: string, body?: unknown): Promise<void> {
  await send(method, path, body === undefined ? undefined : JSON.stringify(body))
}

async function send(method: string, path: string, body?: string): Promise<Response> {
  const response = await fetch(addressOf(path), {
    method,
    ...(body === undefined ? {} : { body }),
    ...(method === 'GET' ? {} : { headers: { 'X-Simulator-Key': key } }),
    cache: 'no-store',
  })
  if (response.ok) return response
  const { error }: { error?: string } = await response.json().catch(() => ({}))
  throw new Error(error ?? `HTTP ${response.status}`)
}
