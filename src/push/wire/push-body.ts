import { parseLenientJson } from '../../wechat-api/lenient-json.js'
import { parsePushXml, type WritableXml, writeXml } from './xml.js'

/** The data format that the account chose in WeChat's console. */
export type PushFormat = 'xml' | 'json'

export type PushFields = Readonly<Record<string, unknown>>

/**
 * Returns the format that the content type names. Proxies can replace WeChat's header by a general one: a text that
 * begins with "<" is then XML, and any other JSON.
 */
export function detectPushFormat(contentType: string | undefined, text: string): PushFormat {
  if (isXmlType(contentType)) return 'xml'
  if (/[/+]json\b/i.test(contentType ?? '')) return 'json'
  return text.trimStart().startsWith('<') ? 'xml' : 'json'
}

/**
 * Parses the text of a push into its fields.
 * @throws {Error} if the text is of another format, or no object
 */
export function parsePushText(text: string, format: PushFormat): PushFields {
  const value = format === 'xml' ? parsePushXml(text) : parseLenientJson(Buffer.from(text))
  return toFields(value)
}

/**
 * Reads what a body parser of the app made of a push. Some XML parsers keep the root element, and some make each child a
 * list of one item; all four forms are accepted.
 *
 * @throws {Error} if the parser's result is no object
 */
export function readParsedPush(
  body: unknown,
  contentType: string | undefined,
): { fields: PushFields; format: PushFormat } {
  const outer = toFields(body)
  const root = unwrap(outer.xml)
  if (typeof root === 'object' && root !== null) return { fields: toFields(root), format: 'xml' }
  return isXmlType(contentType)
    ? { fields: toFields(unwrap(outer)), format: 'xml' }
    : { fields: outer, format: 'json' }
}

function isXmlType(contentType = ''): boolean {
  return /[/+]xml\b/i.test(contentType)
}

export function writePushBody(fields: { [name: string]: WritableXml }, format: PushFormat): string {
  return format === 'xml' ? `<xml>${writeXml(fields)}</xml>` : JSON.stringify(fields)
}

/** Replaces each list of one item by the item, at all levels. A list of several items stays. */
function unwrap(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 1 ? unwrap(value[0]) : value.map(unwrap)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, unwrap(child)]))
}

function toFields(value: unknown): PushFields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no object')
  return value as PushFields
}
