import './phone.css'
import { isProfile } from '../protocol/bridge.js'
import { element } from './dom.js'
import { LiveData } from './live-data.js'
import { faultsPanel } from './panels/faults-panel.js'
import { historyPanel } from './panels/history-panel.js'
import { peoplePanel } from './panels/people-panel.js'
import { PhoneFrame } from './phone/phone-frame.js'
import { phoneTools } from './phone/phone-tools.js'
import { addressOf } from './simulator-api.js'
import { topBar } from './top-bar.js'

const query = new URLSearchParams(location.search)
const url = query.get('url') ?? ''
const profile = query.get('profile')

const frame = new PhoneFrame(isProfile(profile) ? profile : 'ios')
const { bar, showAddress, showAppId, showLive } = topBar('phone', url, address => {
  // A page of another site needs another policy of this page, so it is loaded anew.
  location.assign(`${addressOf('/phone')}?${new URLSearchParams({ url: address, profile: frame.profile })}`)
})
const live = new LiveData(showLive)
live.add(({ appId }) => showAppId(appId))

document.body.append(
  bar,
  element(
    'main',
    { class: 'phone-page' },
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
