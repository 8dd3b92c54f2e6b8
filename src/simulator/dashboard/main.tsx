import './styles/dashboard.css'
import { render } from 'preact'
import { readAddress, writeAddress } from './address-state.js'
import { App } from './app.js'
import { createWorkspace } from './workspace.js'

const workspace = createWorkspace()
const { live, phone } = workspace

phone.subscribe(() => writeAddress({ url: phone.url, profile: phone.profile }))
let wasLive: boolean | undefined
live.subscribe(() => {
  if (live.isLive && wasLive === false) phone.recover()
  wasLive = live.isLive
})
live.start()
render(<App workspace={workspace} />, document.body)
const { url } = readAddress()
if (url) phone.open(url)
