import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const body = readFileSync(createRequire(import.meta.url).resolve('weixin-js-sdk'), 'utf8')

/** The npm build as the plain script that a CDN would serve: that one is no module and sets both globals. */
export const officialScript = `(function () {
  var module = { exports: {} }
  ${body}
  if (!window.jWeixin) window.wx = window.jWeixin = module.exports
})()`

/** The same as bundlers see it: nothing global is set. */
export const commonJsScript = `(function () {
  var module = { exports: {} }
  ${body}
  window.bundledWx = module.exports
})()`
