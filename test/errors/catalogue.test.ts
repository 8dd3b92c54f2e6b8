import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderErrorDocs } from '../../scripts/error-docs/render.ts'
import { type CatalogueEntry, ERROR_CATALOGUE } from '../../src/errors/catalogue.ts'
import { configError, optionError, requestError, unavailableError } from '../../src/errors/create-error.ts'
import { toErrorBody, WechatRequestError } from '../../src/errors/errors.ts'
import { WARNINGS } from '../../src/errors/warnings.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const docs = readFileSync(join(root, 'docs/errors.md'), 'utf8')
const source = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts') && !/^(?:simulator|browser|cli)\//.test(path))
  .map(path => ({ path, text: readFileSync(join(root, 'src', path), 'utf8') }))

describe('the error catalogue', () => {
  it('is what docs/errors.md says', () => {
    expect(docs).toBe(renderErrorDocs())
  })

  it('gives each code and warning a heading of its own', () => {
    const headings = [...docs.matchAll(/^### (.+)$/gm)].map(match => match[1])
    expect(new Set(headings).size).toBe(headings.length)
    for (const code of [...Object.keys(ERROR_CATALOGUE), ...Object.keys(WARNINGS)]) {
      expect(headings).toContain(code)
    }
  })

  it('holds every code that the source uses, and no other', () => {
    const used = new Set(
      source
        .filter(({ path }) => path !== 'errors/catalogue.ts')
        .flatMap(({ text }) => Object.keys(ERROR_CATALOGUE).filter(code => text.includes(`'${code}'`))),
    )
    expect(Object.keys(ERROR_CATALOGUE).filter(code => !used.has(code))).toEqual([])
    // A code that is written beside an error class, instead of taken from the catalogue, is a code without a document.
    const literal = source.flatMap(({ path, text }) =>
      [...text.matchAll(/\bcode: '([a-z]\w*)'/g)].map(match => ({ path, code: match[1] ?? '' })),
    )
    expect(literal.filter(({ code }) => !(code in ERROR_CATALOGUE))).toEqual([])
  })

  it('tells each person something in Chinese and each developer something in English', () => {
    for (const [code, { status, zh, en, remedy }] of Object.entries<CatalogueEntry>(ERROR_CATALOGUE)) {
      expect(status, code).toBeGreaterThanOrEqual(400)
      expect(zh, code).toMatch(/\p{Script=Han}/u)
      expect(en, code).not.toMatch(/\p{Script=Han}|\.$/u)
      expect(remedy, code).not.toMatch(/\.$/)
    }
  })
})

describe('toErrorBody', () => {
  it.each([new TypeError('hush'), undefined, 'hush'])(
    'says what to do with an error that is not of this package: %o',
    error => {
      const body = () => toErrorBody(error as unknown as WechatRequestError)
      expect(body).toThrow(/must be a WechatError; pass others on: .*next\(error\)/)
      expect(body).not.toThrow('hush')
    },
  )

  it('takes an error of another copy of this package', () => {
    const { status, userMessage } = requestError('not_logged_in')
    const copy = Object.assign(new Error('copy'), { status, userMessage }) as unknown as WechatRequestError
    expect(toErrorBody(copy)).toEqual({ status: 401, msg: '请先登录微信', data: null })
  })
})

describe('an error of the catalogue', () => {
  it('takes status and texts from the catalogue, and names its document', () => {
    const error = requestError('not_logged_in')
    expect(error).toMatchObject({ code: 'not_logged_in', status: 401, userMessage: '请先登录微信' })
    expect(error.message).toMatch(/^Nobody is logged in\. .* \(docs\/errors\.md#not_logged_in\)$/)
  })

  it('says what is special about this case, if a detail is given', () => {
    expect(requestError('bad_parameter', '"type" must be one of two').message).toMatch(
      /^"type" must be one of two\./,
    )
    expect(requestError('bad_body', undefined, { userMessage: '请发送 JSON' }).userMessage).toBe(
      '请发送 JSON',
    )
  })

  it('belongs to the class of its kind', () => {
    expect(configError('session_unsuitable')).toMatchObject({ name: 'WechatConfigError', status: 500 })
    expect(unavailableError('closed', undefined, 7)).toMatchObject({ status: 503, retryAfterSeconds: 7 })
    expect(optionError('f', 'scope', 'must be a scope').message).toMatch(/^f: "scope" must be a scope \(docs/)
  })

  it('leaves an application the codes, statuses and texts of its own', () => {
    const error = new WechatRequestError('banned', { code: 'app_banned', status: 403, userMessage: '已封禁' })
    expect(error).toMatchObject({ message: 'banned', code: 'app_banned', status: 403, userMessage: '已封禁' })
  })
})
