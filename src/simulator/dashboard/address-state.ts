import { isProfile, type Profile } from '../protocol/bridge.js'

export const tabNames = [
  'requests',
  'messages',
  'jssdk',
  'media',
  'time',
  'tokens',
  'people',
  'faults',
] as const

export type TabName = (typeof tabNames)[number]

/** What the address of the dashboard holds, so that a reload and a link lead back to the same place. */
export interface AddressState {
  url: string
  profile: Profile
  tab: TabName
  /** What a link to a fault has filled in. */
  fault: { path: string; name: string }
}

export function readAddress(): AddressState {
  const query = new URLSearchParams(location.search)
  const profile = query.get('profile')
  const tab = query.get('tab')
  return {
    url: query.get('url') ?? '',
    profile: isProfile(profile) ? profile : 'ios',
    tab: tabNames.find(name => name === tab) ?? 'requests',
    fault: { path: query.get('path') ?? '', name: query.get('fault') ?? '' },
  }
}

/** Changes the address without loading anything, and without another step of the history. */
export function writeAddress(changes: Partial<Record<'url' | 'profile' | 'tab', string>>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  const search = query.size > 0 ? `?${query}` : ''
  if (search !== location.search) history.replaceState(history.state, '', `${location.pathname}${search}`)
}

/** A link that opens the form of a fault, filled in. It changes nothing by itself. */
export function faultLink(path: string, fault: string): string {
  const query = new URLSearchParams(location.search)
  query.set('tab', 'faults')
  query.set('path', path)
  query.set('fault', fault)
  return `${location.origin}${location.pathname}?${query}`
}
