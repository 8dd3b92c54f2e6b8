import { useState } from 'preact/hooks'
import { profiles } from '../../protocol/bridge.js'
import { texts } from '../texts/texts.js'
import { Icon, type IconName } from '../ui/icon.js'
import { useChanges } from '../ui/observable.js'
import { useWorkspace } from '../workspace.js'
import { ScanPanel } from './scan-panel.js'

/** The tools above the phone: its model, its orientation, and the result of `wx.config`. */
export function PhoneTools() {
  const { phone, navigation } = useWorkspace()
  useChanges(phone)
  const [isScanning, setScanning] = useState(false)
  const isEmpty = phone.url === ''
  return (
    <div class="tools">
      <div class="segments" role="radiogroup" aria-label={texts.profile}>
        {profiles.map(profile => (
          <label key={profile}>
            <input
              type="radio"
              name="profile"
              value={profile}
              checked={phone.profile === profile}
              onChange={() => phone.setProfile(profile)}
            />
            <span>{texts[profile]}</span>
          </label>
        ))}
      </div>
      <div class="icons">
        <IconButton name="chat" label={texts.chat.open} onClick={() => navigation.openTab('messages')} />
        <IconButton
          name="scan"
          label={texts.scan}
          isPressed={isScanning}
          onClick={() => setScanning(!isScanning)}
        />
        <IconButton name="reload" label={texts.reload} disabled={isEmpty} onClick={() => phone.reload()} />
        <IconButton
          name="rotate"
          label={texts.turn}
          isPressed={phone.isLandscape}
          disabled={phone.profile === 'desktop'}
          onClick={() => phone.turn()}
        />
        <IconButton name="moon" label={texts.dark} isPressed={phone.isDark} onClick={() => phone.darken()} />
        <IconButton
          name="outside"
          label={texts.newTab}
          disabled={isEmpty}
          onClick={() => void window.open(phone.url, '_blank', 'noreferrer')}
        />
      </div>
      {isScanning && <ScanPanel onClose={() => setScanning(false)} />}
      <Verdict />
    </div>
  )
}

/** The result of `wx.config`. A click on it opens the tab that shows the reason of a refusal. */
function Verdict() {
  const { phone, navigation } = useWorkspace()
  const { verdict } = phone
  const look = verdict === null ? '' : verdict.isAccepted ? 'good' : 'bad'
  return (
    <p class={`verdict ${look}`} role="status">
      {verdict && (
        <button type="button" onClick={() => navigation.openTab('jssdk')}>
          {verdict.errMsg}
          {verdict.reason ? ` · ${verdict.reason}` : ''}
        </button>
      )}
    </p>
  )
}

interface IconButtonProps {
  name: IconName
  label: string
  onClick: () => void
  isPressed?: boolean
  disabled?: boolean
}

function IconButton({ name, label, onClick, isPressed, disabled = false }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon"
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={name} />
    </button>
  )
}
