import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { readAddress, type TabName, writeAddress } from './address-state.js'
import { LiveStore } from './data/live-store.js'
import { CallStore } from './phone/call-store.js'
import { PhoneController } from './phone/phone-controller.js'
import { Observable } from './ui/observable.js'

/** Which tab is open, and the path and the fault that a link has filled into the form of faults. */
export class Navigation extends Observable {
  tab: TabName
  faultPath: string
  faultName: string
  /** Whether a narrow window shows the phone or the inspector. */
  view: 'phone' | 'inspector' = 'phone'
  /** The text for which the tab of requests searches when it opens; empty for no search. */
  searched = ''

  constructor() {
    super()
    const { tab, fault } = readAddress()
    this.tab = tab
    this.faultPath = fault.path
    this.faultName = fault.name
  }

  openTab(tab: TabName): void {
    this.tab = tab
    this.view = 'inspector'
    writeAddress({ tab })
    this.notify()
  }

  showView(view: 'phone' | 'inspector'): void {
    this.view = view
    this.notify()
  }

  planFor(path: string): void {
    this.faultPath = path
    this.openTab('faults')
  }

  searchFor(text: string): void {
    this.searched = text
    this.openTab('requests')
  }
}

/** The objects that the components of the dashboard share. */
export interface Workspace {
  live: LiveStore
  phone: PhoneController
  calls: CallStore
  navigation: Navigation
}

export function createWorkspace(): Workspace {
  const live = new LiveStore()
  const calls = new CallStore(() => live.now ?? Date.now())
  return {
    live,
    calls,
    phone: new PhoneController(readAddress().profile, calls),
    navigation: new Navigation(),
  }
}

export const WorkspaceContext = createContext<Workspace | undefined>(undefined)

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext)
  if (!workspace) throw new Error('the dashboard has no workspace around this component')
  return workspace
}
