import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'

const file = new URL('../../dist/browser/index.js', import.meta.url)

interface Library {
  configureWechat(options: { jsApiList: string[] }): Promise<void>
  wx: { chooseImage(): Promise<unknown> }
}

describe('express-wechat/browser as it is built', () => {
  it('is one file without imports, under 5 kB gzipped', () => {
    const text = readFileSync(file)
    expect(text.toString()).not.toMatch(/(^|[;}\n])\s*import\b/)
    expect(gzipSync(text).length).toBeLessThan(5_000)
  })

  it('needs no newer syntax than the webviews have that docs/compatibility.md names', () => {
    const document = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8')
    const [, ios = '', chromium = ''] = /iOS (\d+).* Chromium (\d+)/.exec(document) ?? []
    const text = readFileSync(file, 'utf8')
    const lower = (target: string) => transformSync(text, { target, logLevel: 'silent' }).code
    for (const target of [`ios${ios}`, `chrome${chromium}`]) expect(lower(target)).toBe(lower('esnext'))
  })

  it('can be imported on a server, and says there that it needs a page', async () => {
    const library: Library = await import(file.href)
    await expect(library.configureWechat({ jsApiList: ['chooseImage'] })).rejects.toMatchObject({
      reason: 'no-browser',
    })
    await expect(library.wx.chooseImage()).rejects.toMatchObject({ reason: 'outside-wechat' })
  })
})
