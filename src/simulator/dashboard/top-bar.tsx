import { useEffect, useRef, useState } from 'preact/hooks'
import { buildAddress } from './data/simulator-api.js'
import { texts } from './texts/texts.js'
import { useChanges } from './ui/observable.js'
import { useWorkspace } from './workspace.js'

/** The name of the page, whether the simulator runs, and the address that the phone opens. */
export function TopBar() {
  const { live } = useWorkspace()
  useChanges(live)
  return (
    <header class="top-bar">
      <div class="brand">
        <img src={buildAddress('/simulator/files/icon.svg')} alt="" />
        <h1>{texts.simulator}</h1>
        <span class="chip">{texts.developmentOnly}</span>
      </div>
      <AddressForm />
      <ViewSwitch />
      <div class="state-of-it">
        <code class="app-id">{live.data?.appId}</code>
        <LiveState isLive={live.isLive} />
      </div>
    </header>
  )
}

function LiveState({ isLive }: { isLive: boolean | undefined }) {
  const text = isLive === undefined ? texts.connecting : isLive ? texts.live : texts.offline
  return (
    <span
      class={`live ${isLive ? 'on' : ''}`}
      role="status"
      title={isLive === false ? texts.offlineAdvice : ''}
    >
      {text}
      {isLive === false && <small>{texts.offlineAdvice}</small>}
    </span>
  )
}

function AddressForm() {
  const { phone, navigation } = useWorkspace()
  useChanges(phone)
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState(phone.url)

  useEffect(() => {
    // While the field has the focus, the developer's text stays, even if the phone's page changes its address.
    if (document.activeElement !== field.current) setText(phone.url)
  }, [phone.url])

  return (
    <search class="address-search">
      <form
        class="address"
        onSubmit={event => {
          event.preventDefault()
          navigation.showView('phone')
          phone.open(text)
        }}
      >
        <input
          ref={field}
          class="field"
          type="text"
          inputMode="url"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          required
          aria-label={texts.addressLabel}
          placeholder="http://127.0.0.1:3000/"
          value={text}
          onInput={event => setText(event.currentTarget.value)}
        />
        <button type="submit" class="weui-btn weui-btn_mini weui-btn_primary">
          {texts.openInPhone}
        </button>
      </form>
    </search>
  )
}

/** Switches between the phone and the inspector, which a narrow window shows one at a time. */
function ViewSwitch() {
  const { navigation } = useWorkspace()
  useChanges(navigation)
  return (
    <fieldset class="views" aria-label={texts.views}>
      {(['phone', 'inspector'] as const).map(view => (
        <button
          key={view}
          type="button"
          aria-pressed={navigation.view === view}
          onClick={() => navigation.showView(view)}
        >
          {texts[view]}
        </button>
      ))}
    </fieldset>
  )
}
