import { readBuiltFile, readPackageFile } from '../../assets.js'
import type { BridgeSettings } from '../../protocol/bridge.js'

/** The script that a page loads instead of WeChat's: the settings, the bridge, and then the official script. */
export function bridgeScript(settings: BridgeSettings, version?: string): string {
  return [
    // A setting that the page or a test has made before overrides the server's.
    `window.__wxsimConfig = { ...${JSON.stringify(settings)}, ...window.__wxsimConfig }`,
    readBuiltFile('bridge/bridge.js'),
    officialScript(version),
  ].join(';\n')
}

/**
 * Returns the official script: the unchanged CommonJS module of npm in a wrapper that, like the script of WeChat's
 * servers, sets `wx` and `jWeixin`, unless the page has them. npm has 1.6 and 1.4. For any other version, and for 1.4 if
 * it is not installed, the page gets 1.6 with a warning on its console.
 */
export function officialScript(version = '1.6'): string {
  const older = version.startsWith('1.4') ? readPackageFile('weixin-js-sdk-1.4') : undefined
  const body = older ?? readPackageFile('weixin-js-sdk')
  if (body === undefined) return `throw new Error(${JSON.stringify(missingScript)})\n`
  const isAnother = older === undefined && !version.startsWith('1.6')
  return `${isAnother ? anotherVersion(version) : ''}(function () {
if (window.jWeixin) return;
var module = { exports: {} };
${body}
window.wx = window.jWeixin = module.exports;
})()
`
}

const missingScript =
  'WeChat simulator: the official script is missing. Install it for development: npm install --save-dev weixin-js-sdk'

function anotherVersion(version: string): string {
  const remedy = version.startsWith('1.4')
    ? 'to get it: npm install --save-dev weixin-js-sdk-1.4@npm:weixin-js-sdk@1.4.0-test'
    : 'npm has no other than 1.6 and 1.4'
  const warning = `[wxsim] the page asks for jweixin ${version} and gets 1.6; ${remedy}`
  return `console.warn(${JSON.stringify(warning)});\n`
}
