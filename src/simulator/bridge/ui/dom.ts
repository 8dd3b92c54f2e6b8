type Properties = {
  class?: string
  testId?: string
  text?: string
  label?: string
  type?: string
  role?: string
  onclick?: () => void
}

/** Creates an element without `innerHTML`, which pages that demand Trusted Types forbid. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, testId, text, label, type, role, onclick }: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (testId) node.dataset.testid = `wxsim-${testId}`
  if (text !== undefined) node.textContent = text
  if (label) node.setAttribute('aria-label', label)
  if (role) node.setAttribute('role', role)
  if (type) node.setAttribute('type', type)
  // Without a type, a button inside a form would submit it.
  else if (tag === 'button') node.setAttribute('type', 'button')
  if (onclick) node.addEventListener('click', onclick)
  node.append(...children)
  return node
}

/** Creates an SVG icon from a path in a 24 by 24 view box. */
export function icon(path: string): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  line.setAttribute('d', path)
  svg.append(line)
  return svg
}

export const icons = {
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7',
  folder: 'M3 6h6l2 2h10v11H3zM12 11v5M9.5 13.5h5',
  pin: 'M12 21s-6.5-6.2-6.5-11a6.5 6.5 0 0 1 13 0c0 4.800-6.500 11-6.500 11zM12 7.500a2.500 2.500 0 1 0 0 5a2.500 2.500 0 1 0 0-5',
  target: 'M12 3v4M12 17v4M3 12h4M17 12h4M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8',
  chat: 'M4 5h16v11h-9l-4 4v-4H4z',
  moments: 'M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v9M21 12h-9M12 21v-9M3 12h9',
  star: 'M12 4l2.400 5.200 5.600.700-4.100 3.900 1.100 5.600-5-2.800-5 2.800 1.100-5.600L4 9.900l5.600-.700z',
  link: 'M10 14a4 4 0 0 0 5.700 0l3-3a4 4 0 0 0-5.700-5.700l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1',
  reload: 'M19 12a7 7 0 1 1-2-4.900M19 4v4h-4',
  share: 'M12 15V4M8 8l4-4 4 4M5 12v8h14v-8',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  cross: 'M6 6l12 12M18 6L6 18',
} as const
