import type { CallDetail, DashboardSnapshot, ProbeWord } from '../../protocol/dashboard.js'
import type { PersonMessage } from '../../protocol/messages.js'
import type { ScenarioName } from '../../protocol/scenarios.js'

const { base = '' } = document.documentElement.dataset
let { key = '' } = document.documentElement.dataset

/** The id of the latest call when the server sent this page. Calls with higher ids happened since then. */
export const lastCallAtStart = Number(document.documentElement.dataset.call ?? 0)

export interface PersonChanges {
  nickname?: string
  isFollower?: boolean
  remark?: string
}

export interface PlannedFault {
  path: string
  fault: unknown
  times: number
  always: boolean
}

export function buildAddress(path: string): string {
  return `${base}${path}`
}

/** The requests of the dashboard to the simulator's server. */
export const simulator = {
  snapshot: async (): Promise<DashboardSnapshot> => (await send('GET', '/simulator/dashboard')).json(),
  call: async (id: number): Promise<CallDetail> =>
    (await send('GET', `/simulator/dashboard/calls/${id}`)).json(),
  async probe(url: string): Promise<ProbeWord> {
    const { word }: { word: ProbeWord } = await (await post('/simulator/probe', { url })).json()
    return word
  },
  async bePerson(id: string | undefined): Promise<void> {
    const form = new URLSearchParams(id === undefined ? { forget: '' } : { person: id })
    // The answer is a redirect to this page, which is not followed because the page is already open.
    await fetch(buildAddress('/'), { method: 'POST', body: form, redirect: 'manual' })
  },
  signOut: () => change('/simulator/phone/sign-out'),
  addPerson: (person: PersonChanges) => change('/simulator/people', person),
  changePerson: (id: string, changes: PersonChanges) =>
    change(`/simulator/people/${encodeURIComponent(id)}`, changes),
  sendMessage: (personId: string, message: PersonMessage) =>
    change(personPath(personId, 'messages'), message),
  follow: (personId: string) => change(personPath(personId, 'follow')),
  unfollow: (personId: string) => change(personPath(personId, 'unfollow')),
  scanScene: (personId: string, scene: string) => change(personPath(personId, 'scan'), { scene }),
  pressMenu: (personId: string, key: string) => change(personPath(personId, 'menu'), { key }),
  setPush: (settings: Record<string, unknown>) => change('/simulator/push-settings', settings),
  advance: (ms: number) => change('/simulator/clock', { advanceMs: ms }),
  plan: (fault: PlannedFault) => change('/simulator/faults', fault),
  clearFaults: () => change('/simulator/faults', undefined, 'DELETE'),
  clearHistory: () => change('/simulator/history', undefined, 'DELETE'),
  configure: (changes: Record<string, unknown>) => change('/simulator/behaviour', changes),
  act: (name: string) => change(`/simulator/actions/${name}`),
  playScenario: async (name: ScenarioName): Promise<{ personId?: string }> =>
    (await post('/simulator/scenarios', { name })).json(),
  exportState: async (): Promise<Blob> => (await post('/simulator/state/export')).blob(),
  importState: (text: string) => send('POST', '/simulator/state/import', text).then(readToEnd),
  reset: () => change('/simulator/state/reset'),
  /** Reads the control key of a restarted simulator, which has a new one, from a fresh copy of this page. */
  async refreshKey(): Promise<void> {
    const page = await fetch(buildAddress('/'), { cache: 'no-store' })
    const { documentElement } = new DOMParser().parseFromString(await page.text(), 'text/html')
    key = documentElement.dataset.key ?? key
  },
}

export type SimulatorApi = typeof simulator

function personPath(id: string, action: string): string {
  return `/simulator/people/${encodeURIComponent(id)}/${action}`
}

async function change(path: string, body?: unknown, method = 'POST'): Promise<void> {
  await readToEnd(await send(method, path, body === undefined ? undefined : JSON.stringify(body)))
}

function post(path: string, body?: unknown): Promise<Response> {
  return send('POST', path, body === undefined ? undefined : JSON.stringify(body))
}

/** Reads the body, because the browser's tools show a request whose body is not read as cancelled. */
async function readToEnd(response: Response): Promise<void> {
  await response.arrayBuffer()
}

async function send(method: string, path: string, body?: string): Promise<Response> {
  const response = await fetch(buildAddress(path), {
    method,
    ...(body === undefined ? {} : { body }),
    ...(method === 'GET' ? {} : { headers: { 'X-Simulator-Key': key } }),
    cache: 'no-store',
  })
  if (response.ok) return response
  const { error }: { error?: string } = await response.json().catch(() => ({}))
  throw new Error(error ?? `HTTP ${response.status}`)
}
