import { afterEach, beforeEach, expect } from 'vitest'
import { useBrowser } from '../../../support/chromium.ts'
import { type FixtureSimulator, startFixtureSimulator } from './fixture-simulator.ts'
import { Phone, type PhoneOptions } from './phone.ts'
import { type Site, startSite } from './site.ts'

export interface Fixture {
  simulator: FixtureSimulator
  site: Site
  /** A page of the site, on a phone without traces of other tests. */
  open(path: string, options?: PhoneOptions): Promise<Phone>
  /** The usual page, with the bridge and the official script in one tag. */
  openPage(options?: PhoneOptions): Promise<Phone>
  /** A new phone that is on no page yet, for a test that adds scripts to its pages. */
  phone(options?: PhoneOptions): Promise<Phone>
  /** For tests in which a page is meant to throw. */
  expectsPageErrors: boolean
}

export const usualPage = '/?scripts=/wechat/jweixin.js'

/**
 * Servers of their own for each test, so that no two tests share an origin. The phones of the file stay: a test that
 * opens a page gets one that an earlier test has left. No test ends with an unexpected page error.
 */
export function useFixture(microphoneClip?: string): Fixture {
  const chromium = useBrowser(microphoneClip)
  const idle = new Map<string, Phone[]>()
  let inUse: { phone: Phone; key?: string }[] = []

  /** The settings are no part of the key, because a phone can change them. */
  async function takePhone({ settings = {}, ...options }: PhoneOptions): Promise<Phone> {
    const key = JSON.stringify(options)
    const left = idle.get(key)?.pop()
    await left?.useSettings(settings)
    const phone = left ?? (await Phone.open(chromium.browser, { ...options, settings }))
    inUse.push({ phone, key })
    return phone
  }

  async function leavePhone({ phone, key }: (typeof inUse)[number]): Promise<readonly string[]> {
    const errors = [...phone.errors]
    if (key !== undefined && (await isReset(phone))) idle.set(key, [...(idle.get(key) ?? []), phone])
    else await phone.close()
    return errors
  }

  const fixture = {
    async phone(options) {
      const phone = await Phone.open(chromium.browser, options)
      inUse.push({ phone })
      return phone
    },
    async open(path, options = {}) {
      const phone = await takePhone(options)
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
    const used = inUse
    inUse = []
    const errors = (await Promise.all(used.map(leavePhone))).flat()
    await fixture.site.close()
    await fixture.simulator.close()
    if (!fixture.expectsPageErrors) expect(errors).toEqual([])
  })
  return fixture
}

/** False if the phone can't be used again, for example because its page was on the way to another one. */
function isReset(phone: Phone): Promise<boolean> {
  return phone.reset().then(
    () => true,
    () => false,
  )
}
