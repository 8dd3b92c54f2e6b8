import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, it } from 'vitest'

const FOLDERS = ['.', 'docs', 'docs/decisions', 'docs/guides', 'bench', 'examples/gateway']
const documents = FOLDERS.flatMap(folder =>
  readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .map(name => join(folder, name)),
)

interface Link {
  path: string
  anchor: string
}

/** The links of a document to files of this repository, without what stands in code. */
function readLinks(document: string): Link[] {
  const text = readFileSync(document, 'utf8')
    .replace(/^```.*?^```$/gms, '')
    .replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map(([, target = '']) => {
    const [path = '', anchor = ''] = target.split('#')
    return { path: path === '' ? document : normalize(join(dirname(document), path)), anchor }
  })
}

/** The anchors that GitHub gives to the headings of a document. */
function readAnchors(document: string): Set<string> {
  const seen = new Map<string, number>()
  const headings = readFileSync(document, 'utf8')
    .replace(/^```.*?^```$/gms, '')
    .matchAll(/^#{1,6} (.+)$/gm)
  return new Set(
    [...headings].map(([, heading = '']) => {
      const slug = toSlug(heading)
      const count = seen.get(slug) ?? 0
      seen.set(slug, count + 1)
      return count === 0 ? slug : `${slug}-${count}`
    }),
  )
}

function toSlug(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-')
}

it.each(documents)('each relative link of %s leads to a file and an anchor that exist', document => {
  const broken = readLinks(document).filter(({ path, anchor }) => {
    if (!existsSync(path)) return true
    return (
      anchor !== '' && (statSync(path).isDirectory() || !readAnchors(path).has(decodeURIComponent(anchor)))
    )
  })
  expect(broken).toEqual([])
})

it('the documents have many links, and some with anchors', () => {
  const links = documents.flatMap(readLinks)
  expect(links.length).toBeGreaterThan(50)
  expect(links.filter(({ anchor }) => anchor !== '').length).toBeGreaterThan(3)
})
