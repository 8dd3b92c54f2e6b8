import { parseXml, XmlDocumentType, XmlElement } from '@rgrove/parse-xml'

/** The fields of a push. `bigint` is for `MsgId`, an integer of 64 bits. */
export type PushFields = Readonly<Record<string, string | number | bigint>>

/** The fields of an answer; a value can be a text, a list, or fields again. */
export type AnswerFields = { readonly [name: string]: unknown }

export function writeFields(fields: PushFields, format: 'xml' | 'json'): string {
  return format === 'xml' ? writeXml(fields) : writeJson(fields)
}

/**
 * Parses the app's answer to a push into its fields.
 * @throws {Error} that tells the developer what is wrong with the text.
 */
export function readFields(text: string, format: 'xml' | 'json'): AnswerFields {
  const value = format === 'xml' ? readXml(text) : readJson(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`the answer is neither "success" nor ${format === 'xml' ? 'XML' : 'JSON'} of a reply`)
  return { ...value }
}

function writeXml(fields: PushFields): string {
  const children = Object.entries(fields).map(
    ([name, value]) => `<${name}>${typeof value === 'string' ? cdata(value) : value}</${name}>`,
  )
  return `<xml>${children.join('')}</xml>`
}

/** Writes text as CDATA. A `]]>` in the text would end the section, so it is divided between two sections. */
function cdata(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
}

function writeJson(fields: PushFields): string {
  const members = Object.entries(fields).map(([name, value]) => {
    return `${JSON.stringify(name)}:${typeof value === 'bigint' ? value : JSON.stringify(value)}`
  })
  return `{${members.join(',')}}`
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('the answer is not "success", and no JSON, which is the data format of the account')
  }
}

function readXml(text: string): unknown {
  try {
    const { root, children } = parseXml(text.trim(), { preserveDocumentType: true })
    const hasDtd = children.some(node => node instanceof XmlDocumentType)
    if (root?.name === 'xml' && !hasDtd) return elementValue(root)
  } catch {
    // The error below, which says what the platform expects, replaces the parser's.
  }
  throw new Error(
    'the answer is not "success", and no XML with the root <xml> and without a DTD, which is the data format of the account',
  )
}

function elementValue(element: XmlElement): unknown {
  const children = element.children.filter(child => child instanceof XmlElement)
  if (children.length === 0) return element.text
  return Object.fromEntries(children.map(child => [child.name, elementValue(child)]))
}
