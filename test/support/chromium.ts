import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { findService } from '../../scripts/services.js'

/** Undefined if this machine has no Chromium. */
export const executablePath = findService('Chromium')

let shared: Browser | undefined

if (!executablePath) console.warn('SKIPPED: the suites in a browser need Chromium, or its path in CHROMIUM')

/** A Chromium with a microphone and a camera of its own, which pages may use without asking. */
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
 * A Chromium for the tests of a file: the one that all files of this process share, which ends with the process, or
 * with a clip for the microphone one of its own.
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
