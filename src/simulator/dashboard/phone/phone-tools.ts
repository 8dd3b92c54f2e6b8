import type { Profile } from '../../protocol/bridge.js'
import { element, icon, icons } from '../dom.js'
import { texts } from '../texts.js'
import type { PhoneFrame } from './phone-frame.js'

const profiles: readonly Profile[] = ['ios', 'android', 'harmony', 'desktop', 'devtools']

/** What stands beside the phone: which one it is, how it is held, and what it says of `wx.config`. */
export function phoneTools(frame: PhoneFrame): HTMLElement {
  const inputs = profiles.map(profile => {
    const input = element('input', { attributes: { type: 'radio', name: 'profile', value: profile } })
    input.addEventListener('change', () => frame.setProfile(profile))
    return { profile, input, label: element('label', {}, input, element('span', { text: texts[profile] })) }
  })
  const choice = element(
    'div',
    { class: 'segments', attributes: { role: 'radiogroup', 'aria-label': texts.profile } },
    ...inputs.map(({ label }) => label),
  )
  const turn = toggle(texts.turn, icons.rotate, isOn => frame.turn(isOn))
  const dark = toggle(texts.dark, icons.moon, isOn => frame.darken(isOn))
  const reload = iconButton(texts.reload, icons.reload, () => frame.reload())
  const outside = iconButton(texts.newTab, icons.outside, () =>
    window.open(frame.url, '_blank', 'noreferrer'),
  )
  const verdict = element('p', { class: 'verdict', attributes: { role: 'status' } })

  frame.onChange(() => {
    for (const { profile, input } of inputs) input.checked = profile === frame.profile
    turn.disabled = frame.profile === 'desktop'
    reload.disabled = outside.disabled = frame.url === ''
    verdict.className = `verdict ${frame.verdict === null ? '' : frame.verdict.isAccepted ? 'good' : 'bad'}`
    const said = frame.verdict?.errMsg ?? ''
    if (verdict.textContent !== said) verdict.textContent = said
  })
  return element(
    'div',
    { class: 'tools' },
    choice,
    element('div', { class: 'icons' }, reload, turn, dark, outside),
    verdict,
  )
}

function iconButton(label: string, path: string, onclick: () => void): HTMLButtonElement {
  const button = element('button', {
    class: 'icon',
    onclick,
    attributes: { 'aria-label': label, title: label },
  })
  button.append(icon(path))
  return button
}

function toggle(label: string, path: string, set: (isOn: boolean) => void): HTMLButtonElement {
  const button = iconButton(label, path, () => {
    const isOn = button.ariaPressed !== 'true'
    button.ariaPressed = String(isOn)
    set(isOn)
  })
  button.ariaPressed = 'false'
  return button
}
