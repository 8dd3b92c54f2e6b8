import { afterEach, beforeEach, expect } from 'vitest'
import { useBrowser } from '../../../support/chromium.ts'
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

/** Servers and phones of their own for each test. No test ends with an unexpected page error. */
export function useFixture(microphoneClip?: string): Fixture {
  const chromium = useBrowser(microphoneClip)
  let phones: Phone[] = []
  const fixture = {
    async phone(options) {
      const phone = await Phone.open(chromium.browser, options)
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
  return fixture
}
