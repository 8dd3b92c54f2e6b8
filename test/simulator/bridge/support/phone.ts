import type { Browser, BrowserContext, Disposable, Locator, Page } from 'playwright-core'
import type { BridgeSettings, Profile } from '../../../../src/simulator/protocol/bridge.ts'

export const userAgents: Record<Profile, string> = {
  android:
    'Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.49.2600(0x28003137) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN ABI/arm64 wxdebugger wxsim/1',
  ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.49(0x18003137) NetType/WIFI Language/zh_CN wxdebugger wxsim/1',
  harmony:
    'Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile MicroMessenger/1.0.3.11(0xf3800311) Weixin NetType/WIFI Language/zh_CN wxdebugger wxsim/1',
  devtools:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1 wechatdevtools/1.06.2412050 MicroMessenger/8.0.49 NetType/WIFI Language/zh_CN webview/ wxdebugger wxsim/1',
  desktop:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 MicroMessenger/8.0.49 WindowsWechat(0x63090a1b) NetType/WIFI Language/zh_CN wxdebugger wxsim/1',
}

export interface PhoneOptions {
  profile?: Profile
  settings?: BridgeSettings
  /** @default that of the profile's WeChat, with the mark of the simulator */
  userAgent?: string
  locale?: string
  permissions?: string[]
  /** @default 'reduce', so that no click waits for a sheet to stand still */
  reducedMotion?: 'reduce' | 'no-preference'
}

/** One visitor: a context of its own, with what went wrong on its pages. */
export class Phone {
  readonly page: Page
  readonly context: BrowserContext
  readonly errors: string[] = []
  readonly requests: string[] = []
  readonly warnings: string[] = []
  #settingsScript: Disposable | undefined

  private constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', error => this.errors.push(String(error)))
    page.on('console', message => {
      if (message.type() === 'warning') this.warnings.push(message.text())
    })
    page.on('request', request => this.requests.push(request.url()))
  }

  static async open(browser: Browser, options: PhoneOptions = {}): Promise<Phone> {
    const { profile = 'android', settings = {}, locale = 'zh-CN', userAgent = userAgents[profile] } = options
    const context = await browser.newContext({
      userAgent,
      locale,
      viewport: { width: 390, height: 760 },
      reducedMotion: options.reducedMotion ?? 'reduce',
      ...(options.permissions ? { permissions: options.permissions } : {}),
    })
    const phone = new Phone(context, await context.newPage())
    await phone.useSettings(settings)
    return phone
  }

  /** The bridge takes these settings, and none of the ones before, from the next page on. */
  async useSettings(settings: BridgeSettings): Promise<void> {
    await this.#settingsScript?.dispose()
    this.#settingsScript = await this.page.addInitScript(`window.__wxsimConfig = ${JSON.stringify(settings)}`)
  }

  /** Loads the page anew, with these settings alone. */
  async reload(settings: BridgeSettings): Promise<void> {
    await this.useSettings(settings)
    await this.page.reload()
  }

  /** Leaves the page, and takes back what a test did to this phone, apart from scripts that it added to `page`. */
  async reset(): Promise<void> {
    await this.page.unrouteAll({ behavior: 'ignoreErrors' })
    this.page.removeAllListeners('dialog')
    // Another server may get the port, and so the origin, of this one.
    await this.run('sessionStorage.clear(), localStorage.clear()')
    await this.page.goto('about:blank')
    // Cookies belong to a host on all of its ports, so another server gets them too.
    await this.context.clearCookies()
    for (const heard of [this.errors, this.requests, this.warnings]) heard.length = 0
  }

  /** The value of an expression on the page; a promise is awaited. */
  async run<Value = Record<string, unknown>>(expression: string): Promise<Value> {
    return (await this.page.evaluate(expression)) as Value
  }

  configure(jsApiList: string[], change: Record<string, unknown> = {}): Promise<string> {
    return this.run(`configure(${JSON.stringify(jsApiList)}, ${JSON.stringify(change)})`)
  }

  call(name: string, options: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.run(`call(${JSON.stringify(name)}, ${JSON.stringify(options)})`)
  }

  control(name: string): Locator {
    return this.page.getByTestId(`wxsim-${name}`)
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}
