import { readFileSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'

/** What is read of docs/openapi.yaml. Its test proves before that it is valid OpenAPI. */
export interface OpenapiDocument {
  paths: Record<string, Record<string, OperationObject>>
}

interface OperationObject {
  responses: Record<string, Referable<ResponseObject>>
}

interface ResponseObject {
  headers?: Record<string, Referable<{ required?: boolean; schema: object }>>
  content?: Record<string, { schema?: object }>
}

type Referable<Value> = Value | { $ref: string }

export interface DocumentedOperation {
  /** Such as `GET /auth/{ticket}`. */
  name: string
  path: string
  method: string
  statuses: number[]
}

export interface ShownAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
  json: unknown
}

const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options']

export function readOpenapi(): OpenapiDocument {
  return parse(readFileSync('docs/openapi.yaml', 'utf8'))
}

export function listOperations({ paths }: OpenapiDocument): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => METHODS.includes(method))
      .map(([method, { responses }]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        method: method.toUpperCase(),
        statuses: Object.keys(responses).map(Number),
      })),
  )
}

/** Makes a function that tells in which points an answer differs from its operation in the document. */
export function createAnswerChecker(
  original: OpenapiDocument,
): (name: string, answer: ShownAnswer) => string[] {
  // The schemas are compiled one by one, so that their references have to name the document.
  const document = JSON.parse(JSON.stringify(original).replaceAll('"#/', '"openapi#/')) as OpenapiDocument
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)
  ajv.addSchema(document, 'openapi')

  function resolve<Value extends object>(value: Referable<Value>): Value {
    if (!('$ref' in value)) return value
    const found = value.$ref
      .split('/')
      .slice(1)
      .reduce<unknown>((node, key) => Object(node)[key], document)
    if (found === undefined) throw new Error(`docs/openapi.yaml has no ${value.$ref}`)
    return resolve(found as Referable<Value>)
  }

  function checkValue(what: string, schema: object, value: unknown): string[] {
    const validate = ajv.compile(schema)
    return validate(value) ? [] : [`${what}: ${ajv.errorsText(validate.errors)}`]
  }

  function checkHeaders({ headers = {} }: ResponseObject, answer: ShownAnswer): string[] {
    return Object.entries(headers).flatMap(([name, header]) => {
      const { required, schema } = resolve(header)
      const value = answer.headers[name.toLowerCase()]
      if (value !== undefined) return checkValue(name, schema, value)
      return required ? [`${name} is missing`] : []
    })
  }

  function checkBody({ content }: ResponseObject, { headers, text, json }: ShownAnswer): string[] {
    if (content === undefined) return text === '' ? [] : ['has a body']
    const [type = ''] = (headers['content-type'] ?? '').split(';')
    const ranges = [type, `${type.split('/')[0]}/*`, '*/*']
    const media = ranges.map(range => content[range]).find(found => found !== undefined)
    if (!media) return [`Content-Type is ${type}`]
    return media.schema ? checkValue('body', media.schema, type === 'application/json' ? json : text) : []
  }

  return function checkAnswer(name, answer) {
    const [method = '', path = ''] = name.split(' ')
    const operation = document.paths[path]?.[method.toLowerCase()]
    if (!operation) return [`${name} is not documented`]
    const documented = operation.responses[answer.status]
    if (!documented) return [`${answer.status} is not documented`]
    const response = resolve(documented)
    const body = method === 'HEAD' ? { ...response, content: undefined } : response
    return [...checkHeaders(response, answer), ...checkBody(body as ResponseObject, answer)]
  }
}
