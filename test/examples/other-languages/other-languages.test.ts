import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeSites, openidOf, type Site, startSite } from '../../support/site.ts'

const SERVICE_KEY = 'sample-key-0123456789abcdefghijklm'
const FOLDER = 'examples/other-languages'
const run = promisify(execFile)

/** One short run is not worth an optimising compiler and a garbage collector with threads. */
const JDK_JAVA_OPTIONS = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'

const languages = [
  { name: 'Python', program: 'python3', version: '--version', run: ['sample.py'] },
  { name: 'PHP', program: 'php', version: '--version', run: ['sample.php'] },
  { name: 'Java', program: 'java', version: '-version', run: ['Sample.java'] },
  { name: 'Go', program: 'go', version: 'version', run: ['run', 'sample.go'] },
]

let site: Site
let cookie: string
let openid: unknown
let mediaId: string

beforeAll(async () => {
  site = await startSite({
    router: {
      serviceKeys: { sample: SERVICE_KEY },
      mediaAccess: 'key',
      apiProxy: { allow: { sample: ['/cgi-bin/get_api_domain_ip'] } },
    },
  })
  const visitor = site.visitor()
  const landed = await site.login(visitor)
  cookie = landed.setCookies.map(text => text.split(';')[0]).join('; ')
  openid = await openidOf(site, visitor)
  mediaId = site.wechat.uploadMedia({ type: 'image', data: Buffer.from('GIF89a') })
})
afterAll(closeSites)

describe.each(languages)('the sample in $name', ({ name, program, version, run: sample }) => {
  const isInstalled = spawnSync(program, [version]).status === 0
  if (!isInstalled) console.info(`The sample in ${name} is not run: ${program} is not on this machine.`)

  it.skipIf(!isInstalled)('learns the visitor, fetches media and the token, and calls WeChat', async () => {
    const [first = '', ...rest] = sample
    const file = rest.length > 0 ? [first, ...rest.map(path => `${FOLDER}/${path}`)] : [`${FOLDER}/${first}`]
    const { stdout } = await run(program, [...file, cookie, mediaId], {
      env: {
        ...process.env,
        JDK_JAVA_OPTIONS,
        WECHAT_GATEWAY_URL: site.base,
        WECHAT_SERVICE_KEY: SERVICE_KEY,
      },
    })
    expect(openid).toMatch(/^osim_/)
    expect(JSON.parse(stdout)).toEqual({
      openid,
      stranger: null,
      media: ['image/gif', 6],
      expiresIn: expect.any(Number),
      api: { ip_list: expect.any(Array) },
    })
  })
})
