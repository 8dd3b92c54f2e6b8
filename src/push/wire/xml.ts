import { parseXml, XmlDocumentType, XmlElement } from '@rgrove/parse-xml'

/** The content of an element: its text, or its children by their names. A name that comes several times is a list. */
export type XmlValue = string | XmlValue[] | { [name: string]: XmlValue }

/** A value of a reply. XML has numbers bare, texts as CDATA, and the items of a list without an element around them. */
export type WritableXml = string | number | readonly WritableXml[] | { readonly [name: string]: WritableXml }

/** Deeper documents are refused. Messages of WeChat have three levels, and the parser itself has no limit. */
const MAX_DEPTH = 10

/** Characters that no XML document may hold, not even in CDATA. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu

/**
 * Parses a push of WeChat: the fields below the root. Documents with a DTD are refused, so only the five entities of
 * XML itself are known, and nothing expands. What people write can hold control characters, which are left out.
 *
 * @throws {Error} if the text is no such document
 */
export function parsePushXml(text: string): { [name: string]: XmlValue } {
  const { root, children } = parseXml(text.replace(FORBIDDEN, '').trim(), {
    preserveDocumentType: true,
  })
  if (!root || children.some(node => node instanceof XmlDocumentType))
    throw new Error('no plain XML document')
  const value = readElement(root, 0)
  if (typeof value === 'string' || Array.isArray(value)) throw new Error('no fields')
  return value
}

function readElement(element: XmlElement, depth: number): XmlValue {
  if (depth > MAX_DEPTH) throw new Error('nested too deeply')
  const elements = element.children.filter(node => node instanceof XmlElement)
  if (elements.length === 0) return element.text
  // Without a prototype, a field that is called `__proto__` is a field like any other.
  const fields: { [name: string]: XmlValue } = Object.create(null)
  for (const child of elements) {
    const value = readElement(child, depth + 1)
    const earlier = fields[child.name]
    if (earlier === undefined) fields[child.name] = value
    // The list grows in place: a copy for each item would take the square of their number, before anything is verified.
    else if (Array.isArray(earlier)) earlier.push(value)
    else fields[child.name] = [earlier, value]
  }
  return fields
}

/** Writes the content of one element, without the element itself. */
export function writeXml(value: WritableXml): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return writeCdata(value)
  if (Array.isArray(value)) return value.map(writeXml).join('')
  return Object.entries(value)
    .map(([name, child]) => `<${name}>${writeXml(child)}</${name}>`)
    .join('')
}

/** `]]>` ends a CDATA section, so it is cut into two of them. */
function writeCdata(text: string): string {
  return `<![CDATA[${text.replace(FORBIDDEN, '').replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}
