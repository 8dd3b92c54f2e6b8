import type { DashboardCall } from '../../../protocol/dashboard.js'

/** The values that the history writes in place of secrets and tokens. */
const redacted = /^(?:\[hidden\]|#[\da-f]{8})$/

/** Returns the call as a curl command. Its secrets and tokens are variables of the shell, for the developer to set. */
export function asCurl({ method, path, parameters }: DashboardCall): string {
  const pairs = Object.entries(parameters)
  if (method !== 'POST') return `curl ${quoted(address(path, pairs))}`
  const inQuery = pairs.filter(([name]) => name === 'access_token')
  const inBody = pairs.filter(([name]) => name !== 'access_token')
  const body = JSON.stringify(
    Object.fromEntries(inBody.map(([name, value]) => [name, valueOrVariable(name, value)])),
  )
  return `curl ${quoted(address(path, inQuery))} --json ${quoted(body)}`
}

function address(path: string, pairs: readonly [string, string][]): string {
  const query = pairs.map(([name, value]) => {
    const written = valueOrVariable(name, value)
    return `${encodeURIComponent(name)}=${redacted.test(value) ? written : encodeURIComponent(written)}`
  })
  return `${location.origin}${path}${query.length > 0 ? `?${query.join('&')}` : ''}`
}

function valueOrVariable(name: string, value: string): string {
  return redacted.test(value) ? `$\{${name.toUpperCase().replace(/\W/g, '_')}}` : value
}

/** Puts text in double quotes, in which a shell replaces variables. All other special characters are escaped. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"`]|\$(?!\{[A-Z_]+\})/g, '\\$&')}"`
}
