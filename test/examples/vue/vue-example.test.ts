import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { choosePerson, openPhone } from '../../e2e/support/journey.ts'
import { png } from '../../e2e/support/steps.ts'
import type { Phone } from '../../simulator/bridge/support/phone.ts'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { freePort } from '../../support/listen.ts'
import { exchange } from '../../support/visitor.ts'
import { type Child, runProgram } from '../gateway/support/child.ts'
import { copyVueExample, type VueFolder } from './support/vue-folder.ts'

/** iOS needs the signature of the page before the router changes its address. `npm run matrix` has Android too. */
const walked = process.env.LONG_RUN ? (['ios', 'android'] as const) : (['ios'] as const)

let folder: VueFolder
let wechat: RunningSimulator
let backEnd: Child
let backEndOrigin: string
/** Of the variant on two origins: the back end allows it, so it is chosen first. */
let otherOriginPort: number

beforeAll(async () => {
  folder = copyVueExample()
  wechat = await startSimulator()
  otherOriginPort = await freePort()
  backEnd = runProgram(join(folder.path, 'server.ts'), {
    ...wechat.env,
    PORT: '0',
    WECHAT_ALLOWED_ORIGINS: `http://127.0.0.1:${otherOriginPort}`,
  })
  backEndOrigin = (await backEnd.wrote('stdout', /listens at (http:\S+)\n/))[1] ?? ''
})
afterAll(async () => {
  backEnd?.kill('SIGTERM')
  await Promise.all([backEnd?.ended, wechat?.close()])
  folder?.remove()
})

/** The example's own configuration, on this port. */
async function startVite(port: number): Promise<{ vite: ViteDevServer; origin: string }> {
  const vite = await createServer({
    root: folder.path,
    configFile: join(folder.path, 'vite.config.ts'),
    logLevel: 'error',
    server: { port, strictPort: true },
  })
  await vite.listen()
  return { vite, origin: `http://127.0.0.1:${port}` }
}

async function openAndLogIn(phone: Phone, address: string): Promise<void> {
  await phone.page.goto(address)
  await choosePerson(phone.page, '林晓雨')
  await phone.page.getByText(wechat.people.get('lin-xiaoyu')?.openid ?? '').waitFor()
}

const seeSignature = ({ page }: Phone) => page.getByText('签名有效').waitFor()

async function goTo(phone: Phone, link: string): Promise<void> {
  await phone.page.getByRole('link', { name: link }).click()
  await phone.page.getByRole('heading', { name: link }).waitFor()
  await seeSignature(phone)
}

const scan = async ({ page }: Phone): Promise<string> => {
  await page.getByRole('button', { name: '扫码' }).click()
  const output = page.locator('output')
  await output.filter({ hasText: /./ }).waitFor()
  return output.innerText()
}

/** The picture that the page shows after it has come back from WeChat through the back end. */
async function photograph(phone: Phone): Promise<string | null> {
  const chosen = phone.page.getByRole('button', { name: '拍一张' }).click()
  await phone.control('file').setInputFiles({ name: 'one.png', mimeType: 'image/png', buffer: png })
  await chosen
  return phone.page.getByAltText('刚拍的照片').getAttribute('src')
}

const countSignatures = ({ requests }: Phone) =>
  requests.filter(url => url.endsWith('/wechat/offiaccount/jssdk')).length

describe.skipIf(!executablePath)('examples/vue', () => {
  const chromium = useBrowser()

  describe('behind the proxy of its dev server', () => {
    let vite: ViteDevServer
    let origin: string
    beforeAll(async () => {
      vi.stubEnv('BACK_END', backEndOrigin)
      const started = await startVite(await freePort())
      vite = started.vite
      origin = started.origin
    })
    afterAll(() => vite?.close())

    it.each(walked)('holds its signature on three routes on %s', async profile => {
      const phone = await openPhone(chromium.browser, { profile, settings: { scanResult: 'found' } })
      await openAndLogIn(phone, `${origin}/`)
      await seeSignature(phone)
      const before = countSignatures(phone)
      await goTo(phone, '扫一扫')
      expect(await scan(phone)).toBe('found')
      await goTo(phone, '拍照')
      expect(await photograph(phone)).toBe(`data:image/png;base64,${png.toString('base64')}`)
      // One request for each route: the first address that was signed was the right one for this phone.
      expect(countSignatures(phone) - before).toBe(2)
    })

    it('answers abc.com with the page, and logs in at that name', async () => {
      const ask = (host: string, path: string) =>
        exchange(origin + path, { headers: { host, accept: 'text/html' } })
      expect(await ask('abc.com', '/scan')).toMatchObject({
        status: 200,
        text: expect.stringContaining('id="app"'),
      })
      const { location } = await ask('abc.com', '/wechat/auth?state=%2Fscan')
      expect(new URL(location ?? '').searchParams.get('redirect_uri')).toBe('http://abc.com/wechat/auth/code')
      expect((await ask('another.example', '/scan')).status).toBe(403)
    })
  })

  it('logs in, signs and shows media if the back end has another origin', async () => {
    vi.stubEnv('VITE_SERVER', backEndOrigin)
    // Before the dev server of another group starts in its beforeAll, which comes before Vitest takes the variable back.
    onTestFinished(() => void vi.unstubAllEnvs())
    const { vite, origin } = await startVite(otherOriginPort)
    onTestFinished(() => vite.close())
    const phone = await openPhone(chromium.browser, { profile: 'android' })
    await openAndLogIn(phone, `${origin}/`)
    expect(new URL(phone.page.url()).origin).toBe(origin)
    await goTo(phone, '拍照')
    expect(await photograph(phone)).toBe(`data:image/png;base64,${png.toString('base64')}`)
    const ownRequests = phone.requests.filter(url => /\/(?:wechat|api)\//.test(url))
    expect(new Set(ownRequests.map(url => new URL(url).origin))).toEqual(new Set([backEndOrigin]))
  })
})

it('examples/vue compiles under its own tsconfig.json, with the packages that it names', () => {
  const { stdout } = spawnSync(resolve('node_modules/.bin/tsc'), ['-p', folder.path], { encoding: 'utf8' })
  expect(stdout).toBe('')
})

it('examples/vue asks for the versions that this repository tests', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const { dependencies, devDependencies } = read('examples/vue/package.json')
  const { version, devDependencies: tested } = read('package.json')
  const asked: Record<string, string> = { ...dependencies, ...devDependencies }
  expect(asked['express-wechat']).toBe(`^${version}`)
  const differing = Object.entries(asked).filter(([name, range]) => name in tested && tested[name] !== range)
  expect(differing).toEqual([])
})
