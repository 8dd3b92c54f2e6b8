import { element } from './dom.js'

export interface PanelParts {
  panel: HTMLElement
  body: HTMLElement
}

/** A card with a heading, a line that explains it, and what can be done with all of it. */
export function panelOf(name: string, title: string, note: string, ...tools: HTMLElement[]): PanelParts {
  const heading = element('h2', { text: title, attributes: { id: `panel-${name}` } })
  const body = element('div', { class: 'panel-body' })
  const panel = element(
    'section',
    { class: `panel panel-${name}`, attributes: { 'aria-labelledby': heading.id } },
    element(
      'header',
      { class: 'panel-head' },
      element('div', {}, heading, element('p', { text: note })),
      ...tools,
    ),
    body,
  )
  return { panel, body }
}

export function smallButton(text: string, onclick: () => void): HTMLButtonElement {
  return element('button', { class: 'weui-btn weui-btn_mini weui-btn_default', text, onclick })
}

export function emptyNote(text: string): HTMLElement {
  return element('p', { class: 'empty', text })
}
