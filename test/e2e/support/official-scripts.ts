import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const cdnAddress = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'

/** The official script in its two generations, each as the plain script that WeChat's servers deliver. */
export const officialScripts = {
  '1.6.0': plain('weixin-js-sdk'),
  '1.4.0': plain('weixin-js-sdk-1.4'),
} as const

function plain(packageName: string): string {
  const body = readFileSync(require.resolve(packageName), 'utf8')
  return `(function () {
    var module = { exports: {} };
    ${body}
    window.wx = window.jWeixin = module.exports;
  })()`
}
