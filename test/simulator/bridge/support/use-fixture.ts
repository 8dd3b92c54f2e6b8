import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { launchBrowser } from '../../../support/chromium.ts'
import { type FixtureSimulator, startFixtureSimulator } from './fixture-simulator.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { type Site, startSite } from './site.ts'

export interface Fixture {
  simulator: FixtureSimulator
  site: Site
  /** A page of the site on a phone of its own. */
  open(path: string, options?: PhoneOptions): Promise<Phone>
  /** The usual page, with the bridge and the official script in one tag. */
  openPage(options?: PhoneOptions): Promise<Phone>
  /** A phone that is on no page yet. */
  phone(options?: PhoneOptions): Promise<Phone>
  /** For tests in which a page is meant to throw. */
  expectsPageErrors: boolean
}

export const usualPage = '/?scripts=/wechat/jweixin.js'

/** One Chromium for a file; servers and phones of their own for each test. No test ends with an unexpected page error. */
export function useFixture(microphoneClip?: string): Fixture {
  let browser: Browser
  let phones: Phone[] = []
  const fixture = {
    async phone(options) {
      const phone = await Phone.open(browser, options)
      phones.push(phone)
      return phone
    },
    async open(path, options) {
      const phone = await fixture.phone(options)
      await phone.page.goto(fixture.site.url + path)
      return phone
    },
    openPage: options => fixture.open(usualPage, options),
  } as Fixture

  beforeAll(async () => {
    browser = await launchBrowser(microphoneClip)
  })
  beforeEach(async () => {
    fixture.simulator = await startFixtureSimulator()
    fixture.site = await startSite(fixture.simulator)
    fixture.expectsPageErrors = false
  })
  afterEach(async () => {
    const errors = phones.flatMap(phone => phone.errors)
    await Promise.all(phones.map(phone => phone.close()))
    phones = []
    await fixture.site.close()
    await fixture.simulator.close()
    if (!fixture.expectsPageErrors) expect(errors).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
  })
  return fixture
}
