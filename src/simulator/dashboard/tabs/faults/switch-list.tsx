import { useState } from 'preact/hooks'
import type { DashboardSwitches } from '../../../protocol/dashboard.js'
import { texts } from '../../texts/texts.js'
import { useChanges } from '../../ui/observable.js'
import { Button } from '../../ui/parts.js'
import { useWorkspace } from '../../workspace.js'

/** The settings that have a switch, with the values for on and off. */
const switches: readonly { name: keyof DashboardSwitches; on: unknown; off: unknown }[] = [
  { name: 'ipWhitelist', on: [], off: 'off' },
  { name: 'snapshotPage', on: true, off: false },
  { name: 'doubleCallback', on: 'same-code', off: 'off' },
  { name: 'cookieLoss', on: 'once', off: 'off' },
  { name: 'testAccount', on: true, off: false },
  { name: 'requireWechatUserAgent', on: true, off: false },
  { name: 'silentForFollowers', on: true, off: false },
  { name: 'newCallers', on: 'need-confirmation', off: 'allowed' },
]

export function SwitchList() {
  const { live } = useWorkspace()
  useChanges(live)
  /** The new states of pressed switches, until the simulator, which still reports the old ones, has confirmed them. */
  const [pressed, setPressed] = useState<Partial<DashboardSwitches>>({})
  const isOn = (name: keyof DashboardSwitches) => pressed[name] ?? live.data?.switches[name] ?? false

  async function press(name: keyof DashboardSwitches, checked: boolean, value: unknown) {
    setPressed(before => ({ ...before, [name]: checked }))
    await live.change(api => api.configure({ [name]: value }))
    setPressed(({ [name]: _done, ...others }) => others)
  }

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
            aria-checked={isOn(name)}
            checked={isOn(name)}
            onChange={event => {
              const { checked } = event.currentTarget
              void press(name, checked, checked ? on : off)
            }}
          />
        </label>
      ))}
      {isOn('newCallers') && (
        <div class="buttons">
          <Button
            text={texts.confirmNewCallers}
            onClick={() => void live.change(api => api.act('confirm-new-callers'))}
          />
        </div>
      )}
    </div>
  )
}
