import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
/**
 * 35 kB of it are zod, whose own entry takes a third of the processor time of an import, and 22 kB are for QR codes: an
 * encoder for the login on a computer, and a decoder for the simulator's scanner. 22 kB are for messages, a third of it
 * a parser of XML, which would else be one more package of each installation, and 20 kB the chat of the simulator. The declarations carry the docstrings that
 * editors show.
 */
const MAX_TARBALL_BYTES = 474_000

/** The same application in both module systems: a fake of one entry in a handler of another, and an error across entries. */
const application = (load: (name: string) => string) => `
  const { default: express } = ${load('express')}
  const { jssdkConfigHandler, WechatError } = ${load('express-wechat')}
  const { createFakeTokenManager } = ${load('express-wechat/testing')}

  const tokenManager = createFakeTokenManager({ jsapiTickets: ['ticket'] })
  const overridden = { ...tokenManager, getJsapiTicket: async () => { throw new Error('overridden') } }
  const app = express()
  app.post('/jssdk', jssdkConfigHandler({ tokenManager }))
  app.post('/overridden', jssdkConfigHandler({ tokenManager: overridden }))
  app.use((error, req, res, next) => res.status(500).json({ message: error.message }))
  const failing = createFakeTokenManager({ errors: { '/cgi-bin/tags/get': 48001 } })

  const server = app.listen(0, '127.0.0.1', async () => {
    const origin = 'http://127.0.0.1:' + server.address().port
    const post = path => fetch(origin + path, { method: 'POST', body: JSON.stringify({ url: origin + '/page' }) })
    const signed = await (await post('/jssdk')).json()
    const refused = await (await post('/overridden')).json()
    const error = await failing.request('/cgi-bin/tags/get').catch(error => error)
    console.info(JSON.stringify({
      appid: signed.appid,
      isSigned: /^[0-9a-f]{40}$/.test(signed.signature),
      overridden: refused.message,
      isWechatError: error instanceof WechatError,
      name: jssdkConfigHandler.name,
    }))
    server.close()
  })
`

let folder: string
let bytes: number

// The package as npm would publish it, installed beside the packages of this project.
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'express-wechat-tarball-'))
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const tarball = join(folder, (JSON.parse(packed) as [{ filename: string }])[0].filename)
  bytes = statSync(tarball).size
  const installed = join(folder, 'node_modules/express-wechat')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components', '1'])
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'))
  symlinkSync(join(root, 'node_modules/express'), join(folder, 'node_modules/express'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the published package', () => {
  it.each([
    ['import', 'app.mjs', (name: string) => `await import('${name}')`],
    ['require', 'app.cjs', (name: string) => `require('${name}')`],
  ])('shares its classes and its token managers across entries, by %s', (_way, file, load) => {
    const program = application(load)
    // CommonJS gets Express itself, and a namespace of an ES module only from the package.
    const text = file.endsWith('.cjs')
      ? program.replace("{ default: express } = require('express')", "express = require('express')")
      : program
    writeFileSync(join(folder, file), text)
    const output = execFileSync(process.execPath, [join(folder, file)], { cwd: folder, encoding: 'utf8' })
    expect(JSON.parse(output)).toEqual({
      appid: expect.stringMatching(/^wx/),
      isSigned: true,
      overridden: 'overridden',
      isWechatError: true,
      name: 'jssdkConfigHandler',
    })
  })

  it('stays within its limit of bytes, and carries no source maps', () => {
    expect(bytes).toBeLessThan(MAX_TARBALL_BYTES)
    const files = execFileSync('find', [join(folder, 'node_modules/express-wechat/dist'), '-name', '*.map'])
    expect(String(files)).toBe('')
  })

  it('keeps its own files and no test code', () => {
    const output = execFileSync('find', [join(folder, 'node_modules/express-wechat'), '-name', '*.test.*'])
    expect(String(output)).toBe('')
  })
})
