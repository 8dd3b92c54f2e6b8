import { isWechatUserAgent, simulatedUserAgentMark } from '../protocol/identity.js'
import { profileOfUserAgent, type Settings } from './settings.js'

/**
 * Gives the page WeChat's User-Agent. It has to run before the official script, which reads the User-Agent once.
 * `wxdebugger` keeps that script from reporting to open.weixin.qq.com; `wxsim` says that the simulator set the value.
 */
export function playUserAgent(settings: Settings): void {
  const current = navigator.userAgent
  if (isWechatUserAgent(current) && profileOfUserAgent(current) === settings.profile) return
  const userAgent = createUserAgent(settings)
  Object.defineProperty(navigator, 'userAgent', { get: () => userAgent, configurable: true })
}

function createUserAgent({ profile, version, language }: Settings): string {
  const tail = `NetType/WIFI Language/${language === 'en' ? 'en' : 'zh_CN'}`
  const marks = `wxdebugger ${simulatedUserAgentMark}`
  switch (profile) {
    case 'android':
      return `Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240805.005; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.103 Mobile Safari/537.36 MicroMessenger/${version}.2600(0x28003137) WeChat/arm64 Weixin ${tail} ABI/arm64 ${marks}`
    case 'ios':
      return `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 MicroMessenger/${version}(0x18003137) ${tail} ${marks}`
    case 'harmony':
      // This User-Agent names neither Android nor iPhone, so the official script decodes no fields of replies.
      return `Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36 ArkWeb/4.1.6.1 Mobile MicroMessenger/${version}(0xf3800311) Weixin ${tail} ${marks}`
    case 'devtools':
      return `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1 wechatdevtools/1.06.2412050 MicroMessenger/${version} ${tail} webview/ ${marks}`
    case 'desktop':
      return `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36 MicroMessenger/${version} WindowsWechat(0x63090a1b) ${tail} ${marks}`
  }
}
