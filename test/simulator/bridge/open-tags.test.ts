import { describe, expect, it } from 'vitest'
import { executablePath } from '../../support/chromium.ts'
import type { Phone } from './support/phone.ts'
import { strictPolicy } from './support/site.ts'
import { useFixture } from './support/use-fixture.ts'

describe.skipIf(!executablePath)('open tags', () => {
  const fixture = useFixture()

  /** Adds a tag to the page, with its template in one of the two ways. */
  async function addTag(
    phone: Phone,
    name: string,
    attributes: Record<string, string>,
    template = '',
  ): Promise<void> {
    await phone.run(`heard = []
      tag = document.createElement(${JSON.stringify(name)})
      for (const [name, value] of Object.entries(${JSON.stringify(attributes)})) tag.setAttribute(name, value)
      if (${JSON.stringify(template)}) {
        const script = document.createElement('script')
        script.type = 'text/wxtag-template'
        script.textContent = ${JSON.stringify(template)}
        tag.append(script)
      }
      for (const event of ['launch', 'success', 'error', 'play', 'ended'])
        tag.addEventListener(event, ({ detail }) => heard.push({ event, ...detail }))
      document.addEventListener('WeixinOpenTagsError', ({ detail }) => heard.push(detail.errMsg))
      document.body.append(tag)`)
  }

  const button = '<style>button { color: rgb(1, 2, 3) }</style><button class="go">Open it</button>'
  const go = (phone: Phone) => phone.page.locator('.go')

  it.each([
    ['wx-open-launch-weapp', { username: 'gh_1', path: 'pages/a.html' }, 'launch'],
    ['wx-open-launch-app', { appid: 'wxsim1', extinfo: 'x' }, 'launch'],
    ['wx-open-subscribe', { template: 't-1,t-2' }, 'success'],
  ] as const)('%s shows its template, takes a tap and tells its end', async (name, attributes, event) => {
    const phone = await fixture.openPage()
    await addTag(phone, name, attributes, button)
    expect(await go(phone).count()).toBe(0)
    await phone.configure(['scanQRCode'], { openTagList: [name] })
    await go(phone).click()
    expect(await phone.control('view').textContent()).toContain(Object.values(attributes)[0])
    await phone.control('view-ok').click()
    await phone.page.waitForFunction('heard.length === 1')
    await go(phone).click()
    await phone.control('view-fail').click()
    await phone.page.waitForFunction('heard.length === 2')
    expect(await phone.run('heard')).toMatchObject([{ event }, { event: 'error', errMsg: `${name}:fail` }])
  })

  it('gives each subscription template its answer', async () => {
    const phone = await fixture.openPage()
    await addTag(phone, 'wx-open-subscribe', { template: 't-1,t-2' }, button)
    await phone.configure(['scanQRCode'], { openTagList: ['wx-open-subscribe'] })
    await go(phone).click()
    await phone.control('view-ok').click()
    await phone.page.waitForFunction('heard.length === 1')
    const details = await phone.run<Record<string, string>>('JSON.parse(heard[0].subscribeDetails)')
    expect(Object.keys(details)).toEqual(['t-1', 't-2'])
    expect(JSON.parse(details['t-1'] ?? '')).toMatchObject({ status: 'accept' })
  })

  it('plays a sound, and tells the page of it', async () => {
    const phone = await fixture.openPage()
    // A tenth of a second of silence: 8 kHz, 8 bit, mono.
    await phone.run(`window.silence = (() => {
      const bytes = new Uint8Array(844).fill(128)
      const view = new DataView(bytes.buffer)
      'RIFF'.split('').forEach((c, i) => { bytes[i] = c.charCodeAt(0) })
      view.setUint32(4, 836, true)
      'WAVEfmt '.split('').forEach((c, i) => { bytes[8 + i] = c.charCodeAt(0) })
      view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true)
      view.setUint32(24, 8000, true); view.setUint32(28, 8000, true); view.setUint16(32, 1, true)
      view.setUint16(34, 8, true)
      'data'.split('').forEach((c, i) => { bytes[36 + i] = c.charCodeAt(0) })
      view.setUint32(40, 800, true)
      return URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }))
    })()`)
    await addTag(phone, 'wx-open-audio', { src: await phone.run<string>('silence'), title: 'a letter' })
    await phone.configure(['scanQRCode'], { openTagList: ['wx-open-audio'] })
    await phone.run(`tag.shadowRoot.querySelector('audio').play()`)
    await phone.page.waitForFunction(`heard.some(({ event }) => event === 'ended')`)
    expect(await phone.run('heard[0].event')).toBe('play')
  })

  it('shows nothing without openTagList, and fires WeixinOpenTagsError', async () => {
    const phone = await fixture.openPage()
    await addTag(phone, 'wx-open-launch-weapp', {}, button)
    await phone.configure(['scanQRCode'])
    expect(await go(phone).count()).toBe(0)
    expect(await phone.run('heard')).toEqual(['wx-open-launch-weapp: permission denied, see openTagList'])
    expect(phone.warnings.join()).toContain('see openTagList')
  })

  it('styles its template under the strictest policy of the page', async () => {
    fixture.site.contentSecurityPolicy = strictPolicy(fixture.simulator.url)
    const phone = await fixture.openPage()
    await phone.configure(['scanQRCode'], { openTagList: ['wx-open-launch-app'] })
    await phone.run(`
      tag = document.createElement('wx-open-launch-app')
      template = document.createElement('template')
      style = document.createElement('style')
      style.textContent = '.go { color: rgb(1, 2, 3) }'
      button = document.createElement('button')
      button.className = 'go'
      template.content.append(style, button)
      tag.append(template)
      document.body.append(tag)`)
    await go(phone).waitFor()
    expect(await phone.run(`getComputedStyle(tag.shadowRoot.querySelector('.go')).color`)).toBe(
      'rgb(1, 2, 3)',
    )
  })
})
