import { useState } from 'preact/hooks'
import { texts } from '../texts/texts.js'
import { timeOfDay } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { useChanges, useSeconds } from '../ui/observable.js'
import { useWorkspace } from '../workspace.js'
import { FaultStrip } from './fault-strip.js'
import type { Trouble } from './phone-controller.js'

/** The simulated window of WeChat, with a page in its frame. */
export function PhoneView() {
  const { phone } = useWorkspace()
  useChanges(phone)
  const classes = ['phone', phone.isLandscape ? 'landscape' : '', phone.isDark ? 'dark' : '']
  return (
    <section class={classes.join(' ')} data-profile={phone.profile} aria-label={texts.phone}>
      <StatusBar />
      <header class="wechat-bar">
        <button type="button" class="bar-back" aria-label={texts.back} onClick={() => phone.back()}>
          <Icon name="back" />
        </button>
        <h2 class="title">{phone.title}</h2>
        <button type="button" class="bar-menu" aria-label={texts.menu} onClick={() => phone.openMenu()}>
          <Icon name="dots" />
        </button>
      </header>
      <Screen />
      <FaultStrip />
    </section>
  )
}

function Screen() {
  const { phone } = useWorkspace()
  return (
    <div class="screen">
      {phone.generation > 0 && <Frame key={phone.generation} />}
      {phone.generation === 0 && !phone.trouble && <EmptyPhone />}
      {phone.generation > 0 && phone.isOpening && (
        <p class="opening" role="status">
          {texts.opening}
        </p>
      )}
      {phone.trouble && <Explanation trouble={phone.trouble} />}
      {phone.isUnheard && !phone.trouble && (
        <p class="unheard" role="status">
          {texts.unheard}
        </p>
      )}
    </div>
  )
}

/** The frame keeps the address and the name with which it was opened, because a change would load the page again. */
function Frame() {
  const { phone } = useWorkspace()
  const [{ url, profile }] = useState(() => ({ url: phone.url, profile: phone.profile }))
  return (
    <iframe
      ref={phone.attach}
      name={`wxsim-phone ${profile}`}
      title={texts.phone}
      allow="microphone; camera; geolocation; autoplay; clipboard-write; display-capture"
      src={url}
      onLoad={phone.loaded}
    />
  )
}

/** Shown before a page is opened. It offers the app that began the latest login, most likely the developer's. */
function EmptyPhone() {
  const { phone, live } = useWorkspace()
  useChanges(live)
  if (phone.isOpening) return <p class="empty">{texts.opening}</p>
  const login = live.data?.history.find(({ parameters }) => parameters.redirect_uri !== undefined)
  const origin = URL.parse(login?.parameters.redirect_uri ?? '')?.origin
  return (
    <div class="empty">
      <p>{texts.noPage}</p>
      {origin && (
        <button
          type="button"
          class="weui-btn weui-btn_mini weui-btn_default"
          onClick={() => phone.open(origin)}
        >
          {texts.openLatest(origin)}
        </button>
      )}
    </div>
  )
}

function Explanation({ trouble: { word, subject } }: { trouble: Trouble }) {
  const { phone } = useWorkspace()
  const { title, advice } = texts.trouble[word]
  return (
    <div class="explanation" role="alert">
      <b>{title(subject)}</b>
      <p>{advice}</p>
      <button
        type="button"
        class="weui-btn weui-btn_mini weui-btn_default"
        onClick={() => phone.open(phone.url)}
      >
        {texts.openAgain}
      </button>
    </div>
  )
}

/** The phone's status bar, which shows the simulated time. */
function StatusBar() {
  const { live } = useWorkspace()
  useChanges(live)
  useSeconds()
  return (
    <div class="status-bar" aria-hidden="true">
      <time>{timeOfDay(live.now ?? Date.now()).slice(0, 5)}</time>
      <i />
    </div>
  )
}
