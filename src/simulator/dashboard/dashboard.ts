import './dashboard.css'
import { element } from './dom.js'
import { LiveData } from './live-data.js'
import { credentialsPanel } from './panels/credentials-panel.js'
import { faultsPanel } from './panels/faults-panel.js'
import { historyPanel } from './panels/history-panel.js'
import { mediaPanel } from './panels/media-panel.js'
import { peoplePanel } from './panels/people-panel.js'
import { timePanel } from './panels/time-panel.js'
import { addressOf } from './simulator-api.js'
import { topBar } from './top-bar.js'

const { bar, showAppId, showLive } = topBar('dashboard', '', url => {
  location.assign(`${addressOf('/phone')}?${new URLSearchParams({ url })}`)
})
const live = new LiveData(showLive)
live.add(({ appId }) => showAppId(appId))

document.body.append(
  bar,
  element(
    'main',
    { class: 'dashboard' },
    element('div', { class: 'column' }, peoplePanel(live), timePanel(live)),
    element('div', { class: 'column wide' }, historyPanel(live), mediaPanel(live)),
    element('div', { class: 'column' }, faultsPanel(live), credentialsPanel(live)),
  ),
)
live.start()
