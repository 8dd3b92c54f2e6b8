import { readReason } from '../verdict-reason.js'
import { element } from './dom.js'
import type { SheetHost } from './sheet-host.js'
import { copyText } from './sheet-host.js'

/** Shows how the last `wx.config` ended and, if it was refused, the exact string that had to be signed. */
export function verdictPanel(host: SheetHost): HTMLElement {
  const { texts, state, settings } = host
  const { verdict } = state
  const panel = element('section', { class: 'verdict', testId: 'verdict' })
  panel.dataset.verdict = verdict ? (verdict.isAccepted ? 'passed' : 'refused') : 'none'
  if (!verdict) {
    panel.append(element('h3', { text: texts.notConfigured }))
    return panel
  }
  if (verdict.isAccepted) {
    panel.append(
      element('h3', { text: texts.verified }),
      element('p', { class: 'note', text: texts.granted(state.granted.length) }),
    )
    if (state.notSimulated.length > 0) {
      const text = texts.notSimulated(state.notSimulated.length, state.notSimulated.join(', '))
      panel.append(element('p', { class: 'note', testId: 'not-simulated', text }))
    }
    return panel
  }

  panel.append(element('h3', { text: `${texts.refused} · ${verdict.errMsg}` }))
  const why = readReason(verdict, settings.language)
  if (why) panel.append(element('p', { testId: 'hint', text: why }))
  if (verdict.signedText) {
    const { signedText } = verdict
    panel.append(
      element('p', { class: 'note', text: texts.verifiedString }),
      element('code', { testId: 'signed-text', text: signedText }),
      element('button', {
        class: 'small',
        testId: 'copy-signed-text',
        text: texts.copy,
        onclick: () => copyText(host, signedText),
      }),
    )
  }
  return panel
}
