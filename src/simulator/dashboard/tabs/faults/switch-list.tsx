import type { DashboardSwitches } from '../../../protocol/dashboard.js'
import { texts } from '../../texts/texts.js'
import { useChanges } from '../../ui/observable.js'
import { useWorkspace } from '../../workspace.js'

/** Each switch with what it sets when it is on, and off. */
const switches: readonly { name: keyof DashboardSwitches; on: unknown; off: unknown }[] = [
  { name: 'ipWhitelist', on: [], off: 'off' },
  { name: 'snapshotPage', on: true, off: false },
  { name: 'doubleCallback', on: 'same-code', off: 'off' },
  { name: 'cookieLoss', on: 'once', off: 'off' },
  { name: 'testAccount', on: true, off: false },
  { name: 'requireWechatUserAgent', on: true, off: false },
  { name: 'silentForFollowers', on: true, off: false },
]

export function SwitchList() {
  const { live } = useWorkspace()
  useChanges(live)
  return (
    <div class="switches">
      {switches.map(({ name, on, off }) => (
        <label key={name} class="switch">
          <span>
            <b>{texts.switchTexts[name].title}</b>
            <small>{texts.switchTexts[name].note}</small>
          </span>
          <input
            class="weui-switch"
            type="checkbox"
            role="switch"
            aria-checked={live.data?.switches[name] ?? false}
            checked={live.data?.switches[name] ?? false}
            onChange={event => {
              const { checked } = event.currentTarget
              void live.change(api => api.configure({ [name]: checked ? on : off }))
            }}
          />
        </label>
      ))}
    </div>
  )
}
