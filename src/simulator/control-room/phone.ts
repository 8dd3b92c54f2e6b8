import './phone.css'
import { deskBar } from './desk-bar.js'
import { element } from './dom.js'
import { LiveRoom } from './live-room.js'
import { faultsPanel } from './panels/faults-panel.js'
import { historyPanel } from './panels/history-panel.js'
import { peoplePanel } from './panels/people-panel.js'
import { isProfile, PhoneFrame } from './phone-frame.js'
import { phoneTools } from './phone-tools.js'
import { addressOf } from './simulator-api.js'

const query = new URLSearchParams(location.search)
const url = query.get('url') ?? ''
const profile = query.get('profile')

const frame = new PhoneFrame(isProfile(profile) ? profile : 'ios')
const { bar, showAddress, showAppId, showLive } = deskBar('phone', url, address => {
  // A page of another site needs another policy of this page, so it is loaded anew.
  location.assign(`${addressOf('/phone')}?${new URLSearchParams({ url: address, profile: frame.profile })}`)
})
const live = new LiveRoom(showLive)
live.add(({ appId }) => showAppId(appId))

document.body.append(
  bar,
  element(
    'main',
    { class: 'desk' },
    element('div', { class: 'stage' }, phoneTools(frame), frame.node),
    element('div', { class: 'column wide' }, historyPanel(live)),
    element('div', { class: 'column' }, peoplePanel(live), faultsPanel(live)),
  ),
)
frame.onChange(() => {
  if (frame.url) showAddress(frame.url)
})
live.start()
if (url) frame.open(url)
