import type { DashboardCall } from '../../../protocol/dashboard.js'

export type RequestFilter = 'all' | 'failed' | 'api'

/** Returns the calls that pass the filter and contain the text, in any letter case. */
export function filterCalls(
  calls: readonly DashboardCall[],
  filter: RequestFilter,
  search: string,
): readonly DashboardCall[] {
  const wanted = search.trim().toLowerCase()
  return calls.filter(call => passes(call, filter) && getSearchText(call).includes(wanted))
}

/** Whether a call has failed. The errcode counts, because WeChat answers most failures with status 200. */
export function hasFailed({ isRunning, errcode, errorPage, status }: DashboardCall): boolean {
  if (isRunning) return false
  return errcode !== undefined || errorPage !== undefined || status === undefined || status >= 400
}

function passes(call: DashboardCall, filter: RequestFilter): boolean {
  if (filter === 'failed') return hasFailed(call)
  return filter === 'all' || !call.path.startsWith('/connect/')
}

function getSearchText({
  method,
  path,
  parameters,
  errcode,
  errorPage,
  errmsg,
  fault,
}: DashboardCall): string {
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return [method, path, ...pairs, errcode, errorPage, errmsg, fault].join(' ').toLowerCase()
}
