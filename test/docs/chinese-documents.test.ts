import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const documents = ['.', 'docs', 'docs/guides'].flatMap(folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.zh-CN.md'))
    .map(name => join(folder, name)),
)
/** Other texts in Chinese that name the same things. */
const otherTexts = [
  'examples/README.md',
  'examples/vue/README.md',
  'src/simulator/dashboard/texts/zh.ts',
  'src/cli/doctor/texts/zh.ts',
]

/** The second name of a thing, and the one that all texts use. */
const NAMES = {
  令牌: 'token',
  会话存储: 'session 存储',
  公众号后台: '微信后台',
  'JS 接口安全域名': 'JS接口安全域名',
  配额: '额度',
  查询串: '查询参数',
  频道: '诊断通道',
  可注册域名: '主域名',
  对着模拟器: '连接模拟器',
  体检: '配置检查',
  '“': '「',
} as const

/** WeChat's console writes this name without a space. */
const CONSOLE_NAME = /JS接口安全域名/g

/** The lines of a document without code and without the targets of links. A blank line stands for each line of code. */
function readProse(document: string): string[] {
  return readFileSync(document, 'utf8')
    .replace(/^```.*?^```$/gms, block => block.replace(/.+/g, ''))
    .replace(/`[^`\n]*`/g, '`code`')
    .replace(/\]\([^)\n]*\)/g, ']')
    .replace(/<https?:[^>\n]*>/g, '')
    .replace(CONSOLE_NAME, '安全域名')
    .split('\n')
}

/** Names the places of a document that match, with some of the text around them. */
function findPlaces(document: string, pattern: RegExp): string[] {
  return readProse(document).flatMap((line, index) =>
    [...line.matchAll(pattern)].map(
      ({ index: at }) => `${document}:${index + 1} ${line.slice(Math.max(0, at - 8), at + 12)}`,
    ),
  )
}

it('finds the Chinese documents', () => {
  expect(documents).toContain('README.zh-CN.md')
  expect(documents.length).toBeGreaterThan(20)
  expect(documents.flatMap(document => findPlaces(document, /，/g)).length).toBeGreaterThan(500)
})

it.each(documents)('%s has full-width punctuation beside Chinese characters', document => {
  expect(findPlaces(document, /\p{Script=Han}\s?[,;:!?()]|[,;:!?()]\s?\p{Script=Han}/gu)).toEqual([])
})

it.each(documents)('%s has a space between Chinese characters and Latin words, digits and code', document => {
  expect(findPlaces(document, /\p{Script=Han}[A-Za-z0-9`]|[A-Za-z0-9`]\p{Script=Han}/gu)).toEqual([])
})

it.each([...documents, ...otherTexts])('%s uses one name for each thing', document => {
  const text = readFileSync(document, 'utf8')
  const found = Object.entries(NAMES).filter(([name]) => text.includes(name))
  expect(found.map(([name, used]) => `${name}: write ${used}`)).toEqual([])
})
