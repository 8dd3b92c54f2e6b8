import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Express } from 'express'
import type { TokenManager } from 'express-wechat'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSamples } from '../docs/samples.ts'
import { AS_SCRIPT } from '../support/browser.ts'
import { closeSites, type Site, startSite } from '../support/site.ts'

let site: Site
let folder: string

/** The request that the page's sample sends with a `serverId`. */
function readPageRequest(serverId: string): { path: string; method: string } {
  const sample = readSamples('README.md').find(({ code }) => code.includes('wx.uploadImage('))
  const [, path = '', method = ''] = /fetch\(`(.+)`, \{ method: '(\w+)' \}\)/.exec(sample?.code ?? '') ?? []
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the sample's own text
  return { path: path.replace('${serverId}', serverId), method }
}

beforeAll(async () => {
  mkdirSync('artifacts', { recursive: true })
  folder = mkdtempSync(resolve('artifacts/media-samples-'))
  const sample = readSamples('README.md').find(({ code }) => code.includes('await saveMedia('))
  writeFileSync(join(folder, 'sample.ts'), sample?.code.replaceAll('./photos', join(folder, 'photos')) ?? '')

  let mounted: { app: Express; tokenManager: TokenManager } | undefined
  site = await startSite({
    pages: (app, tokenManager) => {
      mounted = { app, tokenManager }
    },
  })
  Object.assign(globalThis, mounted)
  await import(join(folder, 'sample.ts'))
})

afterAll(async () => {
  await closeSites()
  rmSync(folder, { recursive: true })
})

describe("the README's sample that saves media", () => {
  it('refuses a request of a person who is not logged in, and saves nothing', async () => {
    const { path, method } = readPageRequest('nonexistent_media_id')
    const answer = await site.visitor().open(site.origin + path, { ...AS_SCRIPT, method })
    expect(answer.json).toMatchObject({ status: 401, msg: '请先登录微信' })
    expect(existsSync(join(folder, 'photos'))).toBe(false)
  })

  it('answers an error of WeChat as the interface does, on Express 4 too', async () => {
    const browser = site.visitor()
    await site.login(browser)
    const { path, method } = readPageRequest('nonexistent_media_id')
    const answer = await browser.open(site.origin + path, { ...AS_SCRIPT, method })
    expect([answer.status, answer.json]).toMatchObject([400, { status: 400, data: { errcode: 40007 } }])
  })

  it("saves what the page's sample names in its request", async () => {
    const browser = site.visitor()
    await site.login(browser)
    const data = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10])
    const { path, method } = readPageRequest(site.wechat.uploadMedia({ type: 'image', data }))
    const answer = await browser.open(site.origin + path, { ...AS_SCRIPT, method })
    expect([answer.status, answer.json]).toMatchObject([201, { fileName: expect.stringMatching(/\.jpg$/) }])
  })
})
