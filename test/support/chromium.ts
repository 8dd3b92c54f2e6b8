import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { findService } from '../../scripts/services.js'

/** The path of Chromium; undefined if this machine has none. */
export const executablePath = findService('Chromium')

let shared: Browser | undefined

if (!executablePath) console.warn('SKIPPED: the suites in a browser need Chromium, or its path in CHROMIUM')

/** Starts a Chromium with a fake microphone and camera, which pages may use without asking. */
function launchBrowser(microphoneClip?: string): Promise<Browser> {
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      ...(microphoneClip ? [`--use-file-for-fake-audio-capture=${microphoneClip}`] : []),
      '--autoplay-policy=no-user-gesture-required',
    ],
  })
}

/**
 * Gives the tests of a file a Chromium. All files of this process share one, which ends with the process. With a clip
 * for the microphone, the file gets a Chromium of its own.
 */
export function useBrowser(microphoneClip?: string): { readonly browser: Browser } {
  let browser: Browser | undefined
  beforeAll(async () => {
    browser = await (microphoneClip ? launchBrowser(microphoneClip) : getSharedBrowser())
  })
  afterAll(async () => {
    if (microphoneClip) await browser?.close()
    else await Promise.all(browser?.contexts().map(context => context.close()) ?? [])
  })
  return {
    get browser() {
      if (!browser) throw new Error('the browser has not started yet')
      return browser
    },
  }
}

async function getSharedBrowser(): Promise<Browser> {
  if (!shared?.isConnected()) shared = await launchBrowser()
  return shared
}
