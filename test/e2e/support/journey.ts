import { mkdirSync } from 'node:fs'
import type { RunningSimulator, SimulatorOptions } from 'express-wechat/simulator'
import { startSimulator } from 'express-wechat/simulator'
import type { Browser, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { Phone, type PhoneOptions } from '../../simulator/bridge/support/phone.ts'
import { type App, type AppOptions, startApp } from './app.ts'

const artifacts = new URL('../../../artifacts/', import.meta.url)

export interface Box {
  simulator: RunningSimulator
  app: App
}

/** WeChat and an app, for one test. */
export async function startBox(wechat: SimulatorOptions = {}, appOptions: AppOptions = {}): Promise<Box> {
  const simulator = await startSimulator(wechat)
  onTestFinished(() => simulator.close())
  const app = await startApp(simulator, appOptions)
  onTestFinished(() => app.close())
  return { simulator, app }
}

/** A phone for one test. What its pages throw fails the test. */
export async function openPhone(browser: Browser, options: PhoneOptions = {}): Promise<Phone> {
  const phone = await Phone.open(browser, options)
  // Before the test's own limit, so that it says what it waited for.
  phone.context.setDefaultTimeout(20_000)
  onTestFinished(async () => {
    await phone.close()
    expect(phone.errors).toEqual([])
  })
  return phone
}

/** Logs in as this person, on whatever page the phone is. */
export async function choosePerson(page: Page, nickname: string): Promise<void> {
  await page.getByText(nickname).click()
  await page.getByRole('button', { name: /继续|允许|Continue|Allow/ }).click()
}

/** In `npm run matrix`, for a look at the pages afterwards. */
export async function keepPicture(page: Page, name: string): Promise<void> {
  if (!process.env.LONG_RUN) return
  mkdirSync(artifacts, { recursive: true })
  await page.screenshot({ path: new URL(`${name}.png`, artifacts).pathname })
}
