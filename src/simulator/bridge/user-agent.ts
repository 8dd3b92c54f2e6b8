import { isSimulatedUserAgent, isWechatUserAgent, simulatedUserAgentMark } from '../protocol/identity.js'
import type { Settings } from './settings.js'

/**
 * Makes the page believe that it is in WeChat. Has to run before the official script, which reads the User-Agent once.
 * `wxdebugger` keeps that script from reporting to open.weixin.qq.com; `wxsim` marks the browser as one that the simulator has changed.
 */
export function playUserAgent(settings: Settings): void {
  const userAgent = createUserAgent(settings)
  if (isPlaying(navigator.userAgent, settings)) return
  Object.defineProperty(navigator, 'userAgent', { get: () => userAgent, configurable: true })
}

function isPlaying(userAgent: string, { profile }: Settings): boolean {
  if (!isWechatUserAgent(userAgent) || !isSimulatedUserAgent(userAgent)) return false
  if (profile === 'android') return /android/i.test(userAgent)
  return /iphone|ipad/i.test(userAgent) === (profile === 'ios') && !/android/i.test(userAgent)
}

function createUserAgent({ profile, version, language }: Settings): string {
  const tail = `NetType/WIFI Language/${language === 'en' ? 'en' : 'zh_CN'}`
  const marks = `wxdebugger ${simulatedUserAgentMark}`
  switch (profile) {
    case 'android':
      return `Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 MicroMessenger/${version}.2600(0x28003137) WeChat/arm64 Weixin ${tail} ABI/arm64 ${marks}`
    case 'ios':
      return `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/${version}(0x18003137) ${tail} ${marks}`
    case 'desktop':
      return `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 MicroMessenger/${version} WindowsWechat(0x63090a1b) ${tail} ${marks}`
  }
}
