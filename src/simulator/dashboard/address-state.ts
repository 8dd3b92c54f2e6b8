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

/** The state that the dashboard keeps in its address, so that a reload or a link restores it. */
export interface AddressState {
  url: string
  profile: Profile
  tab: TabName
  /** The path and the fault that a link fills into the form of faults. */
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

/** Changes the query of the address without loading a page and without a new entry of the history. */
export function writeAddress(changes: Partial<Record<'url' | 'profile' | 'tab', string>>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value) query.set(name, value)
    else query.delete(name)
  }
  const search = query.size > 0 ? `?${query}` : ''
  if (search !== location.search) history.replaceState(history.state, '', `${location.pathname}${search}`)
}

/** Returns a link that opens the form of faults and fills it in. The developer still has to submit the form. */
export function faultLink(path: string, fault: string): string {
  const query = new URLSearchParams(location.search)
  query.set('tab', 'faults')
  query.set('path', path)
  query.set('fault', fault)
  return `${location.origin}${location.pathname}?${query}`
}
