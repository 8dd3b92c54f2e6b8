// Draws comments at random, so that a reader can check that each explains itself without its code:
// node scripts/draw-comments.ts [count] [seed]. Half of them are from src/tokens and src/login.
import { globSync, readFileSync } from 'node:fs'

interface Comment {
  place: string
  text: string
}

const COMMENT = /^[ \t]*(?:\/\*\*?[\s\S]*?\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*)/gm
const TOOL_COMMENT = /biome-ignore|@ts-|^\/\/\/|@vitest/

const [count = 50, seed = Math.floor(Math.random() * 2 ** 32)] = process.argv.slice(2).map(Number)
const comments = globSync(['src/**/*.{ts,tsx}', 'examples/**/*.ts']).sort().flatMap(readComments)
const [core, rest] = [comments.filter(isCore), comments.filter(comment => !isCore(comment))]
const random = createRandom(seed)

const drawn = [...draw(core, Math.ceil(count / 2)), ...draw(rest, Math.floor(count / 2))]
process.stdout.write(
  `seed ${seed}; ${comments.length} comments, ${core.length} of them in src/tokens and src/login\n\n`,
)
for (const { place, text } of drawn) process.stdout.write(`${place}\n${text}\n\n`)

function readComments(path: string): Comment[] {
  const source = readFileSync(path, 'utf8')
  return [...source.matchAll(COMMENT)]
    .map(({ 0: text, index }) => ({
      place: `${path}:${source.slice(0, index).split('\n').length}`,
      text: text.replace(/^[ \t]+/gm, ''),
    }))
    .filter(({ text }) => !TOOL_COMMENT.test(text))
}

function isCore({ place }: Comment): boolean {
  return /^src\/(?:tokens|login)\//.test(place)
}

function draw(from: readonly Comment[], wanted: number): Comment[] {
  return [...from]
    .map(comment => ({ comment, order: random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, wanted)
    .map(({ comment }) => comment)
}

/** mulberry32: a small generator whose sequence depends on the seed alone. */
function createRandom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
