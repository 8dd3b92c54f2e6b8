import { expect, it, vi } from 'vitest'
import { parseOnce } from '../../src/util/parse-once.ts'

it('parses a text once for one object, and again if the text or the object is another', () => {
  const parse = vi.fn((text: string) => text.split('&'))
  const read = parseOnce((req: { url: string }) => req.url, parse)
  const req = { url: 'a=1&b=2' }

  expect([read(req), read(req)]).toEqual([
    ['a=1', 'b=2'],
    ['a=1', 'b=2'],
  ])
  expect(parse).toHaveBeenCalledTimes(1)
  req.url = 'c=3'
  expect(read(req)).toEqual(['c=3'])
  expect(read({ url: 'c=3' })).toEqual(['c=3'])
  expect(parse).toHaveBeenCalledTimes(3)
})
