import { texts } from './texts.js'

const { kinds } = texts

function isNamedKind(name: string): name is keyof typeof kinds {
  return Object.hasOwn(kinds, name)
}

/** Translates the history's name of a fault, such as `errcode 45009`, `reset` or `delay, then reset`. */
export function faultWords(name: string): string {
  const [first = '', ...later] = name.split(', then ')
  if (later.length > 0) return `${faultWords(first)} → ${faultWords(later.join(', then '))}`
  if (first.startsWith('always ')) return `${texts.always} · ${faultWords(first.slice('always '.length))}`
  if (first.startsWith('errcode ')) return errcodeWords(first.slice('errcode '.length))
  if (first.startsWith('status ')) return texts.httpStatus(first.slice('status '.length))
  if (first === 'delay') return texts.delayed
  return isNamedKind(first) ? kinds[first] : first
}

export function errcodeWords(errcode: string): string {
  const words = texts.errcodes[errcode]
  return words === undefined ? `errcode ${errcode}` : `errcode ${errcode} · ${words}`
}
