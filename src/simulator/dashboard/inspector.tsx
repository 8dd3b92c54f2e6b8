import type { FunctionComponent } from 'preact'
import { useRef } from 'preact/hooks'
import { type TabName, tabNames } from './address-state.js'
import { FaultsTab } from './tabs/faults/faults-tab.js'
import { JssdkTab } from './tabs/jssdk-tab.js'
import { MediaTab } from './tabs/media-tab.js'
import { MessagesTab } from './tabs/messages/messages-tab.js'
import { PeopleTab } from './tabs/people-tab.js'
import { RequestsTab } from './tabs/requests/requests-tab.js'
import { TimeTab } from './tabs/time-tab.js'
import { TokensTab } from './tabs/tokens-tab.js'
import { texts } from './texts/texts.js'
import { useChanges } from './ui/observable.js'
import { useWorkspace } from './workspace.js'

const panels: Readonly<Record<TabName, FunctionComponent>> = {
  requests: RequestsTab,
  messages: MessagesTab,
  jssdk: JssdkTab,
  media: MediaTab,
  time: TimeTab,
  tokens: TokensTab,
  people: PeopleTab,
  faults: FaultsTab,
}

/** The tabs beside the phone. A tab that is not in sight keeps what was typed and opened in it. */
export function Inspector() {
  const { navigation, live } = useWorkspace()
  useChanges(navigation, live)
  return (
    <section class="inspector" aria-label={texts.inspector}>
      <TabList />
      {tabNames.map(name => {
        const Panel = panels[name]
        return (
          <div
            key={name}
            role="tabpanel"
            id={`panel-${name}`}
            aria-labelledby={`tab-${name}`}
            class={`panel panel-${name}`}
            hidden={name !== navigation.tab}
          >
            {live.data && <Panel />}
          </div>
        )
      })}
    </section>
  )
}

function TabList() {
  const { navigation } = useWorkspace()
  const list = useRef<HTMLDivElement>(null)

  function move(event: KeyboardEvent) {
    const index = tabNames.indexOf(navigation.tab)
    const next = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabNames.length - 1 }[event.key]
    const name = next === undefined ? undefined : tabNames.at(next % tabNames.length)
    if (name === undefined) return
    event.preventDefault()
    navigation.openTab(name)
    list.current?.querySelector<HTMLElement>(`#tab-${name}`)?.focus()
  }

  return (
    <div class="tabs" role="tablist" aria-label={texts.inspector} ref={list} onKeyDown={move}>
      {tabNames.map(name => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-controls={`panel-${name}`}
          aria-selected={name === navigation.tab}
          tabIndex={name === navigation.tab ? 0 : -1}
          onClick={() => navigation.openTab(name)}
        >
          {texts.tabs[name]}
        </button>
      ))}
    </div>
  )
}
