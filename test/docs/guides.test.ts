import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chineseOf, englishOf, guideSamples, guides } from './guides.ts'
import { readSamples } from './samples.ts'

/** What a shell runs, and output. It can't be tried here: it is about other machines, or about WeChat itself. */
const SHOWN = ['sh', 'powershell', 'text']
/** By a comment of these words, a block says that no test runs it. */
const NOT_RUN = { english: 'not run by our tests', chinese: '未经测试运行' }

const readRecipes = () => guideSamples.flatMap(({ labels }) => labels.filter(label => /^recipe=/.test(label)))

/** A comment begins a line, or stands behind a blank: an address holds `//` too. */
function withoutComments(code: string): string {
  return code.replace(/\/\*\*.*?\*\//gs, '').replace(/(?:^|\s)\s*(?:\/\/|#)\s.*$/gm, '')
}

describe('the guides', () => {
  it.each(guides)('%s has the same code in both languages', guide => {
    const [english, chinese] = [englishOf(guide), chineseOf(guide)].map(document =>
      readSamples(document).map(({ language, labels, code }) => ({
        language,
        labels,
        code: withoutComments(code),
      })),
    )
    expect(chinese).toEqual(english)
  })

  it.each(guides)('%s has as many headings and table rows in both languages', guide => {
    const [english, chinese] = [englishOf(guide), chineseOf(guide)].map(document => {
      const lines = readFileSync(document, 'utf8').split('\n')
      return {
        headings: lines.filter(line => /^#+ /.test(line)).length,
        rows: lines.filter(line => line.startsWith('|')).length,
      }
    })
    expect(chinese).toEqual(english)
  })

  it.each(['README.md', 'README.zh-CN.md'])('are all in docs/guides/%s, each once', index => {
    const isChinese = (name: string) => name.endsWith('.zh-CN.md')
    const listed = [...readFileSync(`docs/guides/${index}`, 'utf8').matchAll(/^- \[.*?\]\(([^/)]+)\)/gm)]
    const files = readdirSync('docs/guides').filter(
      name => !name.startsWith('README') && name.endsWith('.md') && isChinese(name) === isChinese(index),
    )
    const names = listed.map(([, name]) => name)
    expect(files.filter(name => !names.includes(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
    expect(listed.length).toBeGreaterThanOrEqual(guides.length)
  })
})

describe('each code block of the guides', () => {
  it('is compiled, run by a test, shown only, or says that it was not run', () => {
    const isTried = (labels: readonly string[]) =>
      labels.includes('browser') || labels.some(label => label.startsWith('recipe='))
    const untried = guideSamples.filter(
      ({ language, labels, code }) =>
        !SHOWN.includes(language) && !isTried(labels) && !code.includes(NOT_RUN.english),
    )
    expect(untried.map(({ name }) => name)).toEqual([])
  })

  it('that was not run says so in Chinese too', () => {
    const chinese = guides.flatMap(guide => readSamples(chineseOf(guide)))
    const count = (samples: readonly { code: string }[], words: string) =>
      samples.filter(({ code }) => code.includes(words)).length
    expect(count(chinese, NOT_RUN.chinese)).toBe(count(guideSamples, NOT_RUN.english))
  })

  it('with a recipe is run by a test of this folder', () => {
    const tests = readdirSync('test/docs')
      .filter(name => name.endsWith('.test.ts'))
      .map(name => readFileSync(`test/docs/${name}`, 'utf8'))
      .join('\n')
    const recipes = readRecipes().map(label => label.slice('recipe='.length))
    expect(recipes.length).toBeGreaterThan(0)
    expect(recipes.filter(name => !tests.includes(`'${name}'`))).toEqual([])
    expect(new Set(recipes).size).toBe(recipes.length)
  })
})
