/**
 * Creates an element with its properties, listeners (`onclick`) and children. Properties and children that are null,
 * undefined or false are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue
    if (name in element && !name.startsWith('aria')) Object.assign(element, { [name]: value })
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.filter(child => child !== null && child !== undefined && child !== false))
  return element
}

const paths = {
  back: 'M15 5l-7 7 7 7',
  camera: 'M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 100 7 3.5 3.5 0 000-7z',
  microphone: 'M12 3a3 3 0 00-3 3v6a3 3 0 006 0V6a3 3 0 00-3-3zM6 11v1a6 6 0 0012 0v-1M12 18v3',
  stop: 'M7 7h10v10H7z',
  play: 'M8 5l11 7-11 7z',
  pause: 'M8 5v14M16 5v14',
  remove: 'M6 6l12 12M18 6L6 18',
  pen: 'M4 20l1-4L16 5l3 3L8 19zM14 7l3 3',
  clock: 'M12 4a8 8 0 100 16 8 8 0 000-16zM12 8v4l3 2',
  tick: 'M5 13l4 4 10-10',
  letter: 'M4 6h16v12H4zM4 7l8 6 8-6',
}

/**
 * Creates the SVG element of an icon.
 *
 * @param {keyof typeof paths} name
 */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('class', 'icon')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', paths[name])
  svg.append(path)
  return svg
}

let toastTimer = 0

/** Shows a message for 3.5 seconds; screen readers read it out. Taps on it reach what lies below it. */
export function toast(text) {
  const element = document.querySelector('#toast')
  if (!(element instanceof HTMLElement)) return
  element.textContent = text
  element.hidden = false
  clearTimeout(toastTimer)
  toastTimer = setTimeout(clearToast, 3_500)
}

/** Hides the message, for when the screen that it belongs to is left. */
export function clearToast() {
  const element = document.querySelector('#toast')
  if (element instanceof HTMLElement) element.hidden = true
}
