import { readBuiltFile, readPackageFile } from '../../assets.js'
import type { BridgeSettings } from '../../protocol/bridge.js'

/** The script that a page loads instead of WeChat's: the settings, the bridge, and then the official script. */
export function bridgeScript(settings: BridgeSettings): string {
  return [
    // A setting that the page or a test has made before overrides the server's.
    `window.__wxsimConfig = { ...${JSON.stringify(settings)}, ...window.__wxsimConfig }`,
    readBuiltFile('bridge/bridge.js'),
    officialScript(),
  ].join(';\n')
}

/**
 * The official script as npm publishes it, to the byte, inside of what makes a CommonJS module the plain script that
 * WeChat's servers deliver: one that sets `wx` and `jWeixin`, and leaves a page alone that has them.
 */
export function officialScript(): string {
  const body = readPackageFile('weixin-js-sdk')
  if (body === undefined) return `throw new Error(${JSON.stringify(missingScript)})\n`
  return `(function () {
if (window.jWeixin) return;
var module = { exports: {} };
${body}
window.wx = window.jWeixin = module.exports;
})()
`
}

const missingScript =
  'WeChat simulator: the official script is missing. Install it for development: npm install --save-dev weixin-js-sdk'
