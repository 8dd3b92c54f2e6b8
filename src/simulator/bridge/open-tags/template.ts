export interface TagTemplate {
  nodes: Node[]
  styles: CSSStyleSheet[]
}

interface TrustedTypesWindow extends Window {
  trustedTypes?: {
    createPolicy(
      name: string,
      rules: { createHTML(text: string): string },
    ): { createHTML(text: string): string }
  }
}

let policy: { createHTML(text: string): string } | undefined

/**
 * Reads what an open tag shows: the content of its `<template>`, or of `<script type="text/wxtag-template">`, which
 * frameworks do not change. Styles become constructed style sheets, which the page's `style-src` can't forbid.
 */
export function readTemplate(element: HTMLElement): TagTemplate {
  const template = element.querySelector('template')
  const script = element.querySelector('script[type="text/wxtag-template"]')
  const content = template
    ? document.importNode(template.content, true)
    : parse(script?.textContent ?? element.textContent ?? '')
  const styles = [...content.querySelectorAll('style')].map(style => {
    style.remove()
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(style.textContent ?? '')
    return sheet
  })
  return { nodes: [...content.childNodes], styles }
}

/** Parses HTML without running its scripts. If the page's CSP forbids the Trusted Types policy, it becomes plain text. */
function parse(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment()
  try {
    policy ??= (window as TrustedTypesWindow).trustedTypes?.createPolicy('wxsim', {
      createHTML: html => html,
    })
    const parsed = new DOMParser().parseFromString(policy?.createHTML(text) ?? text, 'text/html')
    for (const script of parsed.querySelectorAll('script')) script.remove()
    fragment.append(...parsed.head.childNodes, ...parsed.body.childNodes)
  } catch {
    fragment.append(text)
  }
  return fragment
}
