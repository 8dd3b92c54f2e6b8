import './room.css'
import { deskBar } from './desk-bar.js'
import { element } from './dom.js'
import { LiveRoom } from './live-room.js'
import { credentialsPanel } from './panels/credentials-panel.js'
import { faultsPanel } from './panels/faults-panel.js'
import { historyPanel } from './panels/history-panel.js'
import { mediaPanel } from './panels/media-panel.js'
import { peoplePanel } from './panels/people-panel.js'
import { timePanel } from './panels/time-panel.js'
import { addressOf } from './simulator-api.js'

const { bar, showAppId, showLive } = deskBar('room', '', url => {
  location.assign(`${addressOf('/phone')}?${new URLSearchParams({ url })}`)
})
const live = new LiveRoom(showLive)
live.add(({ appId }) => showAppId(appId))

document.body.append(
  bar,
  element(
    'main',
    { class: 'room' },
    element('div', { class: 'column' }, peoplePanel(live), timePanel(live)),
    element('div', { class: 'column wide' }, historyPanel(live), mediaPanel(live)),
    element('div', { class: 'column' }, faultsPanel(live), credentialsPanel(live)),
  ),
)
live.start()
