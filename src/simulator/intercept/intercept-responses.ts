import { ServerResponse } from 'node:http'
import { atSimulator } from './wechat-hosts.js'

/**
 * Changes what the app sends to browsers: a redirect to WeChat's login leads to the simulator's login, and a page that
 * loads the official script from WeChat's CDN loads it from the simulator, together with the bridge.
 */
export function interceptResponses(simulatorUrl: string): void {
  const { setHeader, writeHead, write, end } = ServerResponse.prototype

  ServerResponse.prototype.setHeader = function (this: ServerResponse, name, value) {
    const isLocation = name.toLowerCase() === 'location' && typeof value === 'string'
    return setHeader.call(this, name, isLocation ? (atSimulator(value, simulatorUrl) ?? value) : value)
  }

  ServerResponse.prototype.writeHead = function (this: ServerResponse, ...args: unknown[]) {
    const headers = args.at(-1)
    if (Array.isArray(headers)) args[args.length - 1] = redirectList(headers, simulatorUrl)
    else if (typeof headers === 'object' && headers !== null) {
      args[args.length - 1] = redirectRecord(headers as Record<string, unknown>, simulatorUrl)
    }
    return Reflect.apply(writeHead, this, args)
  } as typeof writeHead

  ServerResponse.prototype.write = function (this: ServerResponse, chunk: unknown, ...rest: unknown[]) {
    return Reflect.apply(write, this, [replaceScript(this, chunk, simulatorUrl), ...rest])
  } as typeof write

  ServerResponse.prototype.end = function (this: ServerResponse, chunk: unknown, ...rest: unknown[]) {
    return Reflect.apply(end, this, [replaceScript(this, chunk, simulatorUrl), ...rest])
  } as typeof end
}

function redirectRecord(headers: Record<string, unknown>, simulatorUrl: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, redirectHeader(name, value, simulatorUrl)]),
  )
}

/** Redirects the Location in a list of headers, which has names and values in turn, or pairs of both. */
function redirectList(headers: unknown[], simulatorUrl: string): unknown[] {
  return headers.map((entry, index) =>
    Array.isArray(entry)
      ? [entry[0], redirectHeader(String(entry[0]), entry[1], simulatorUrl)]
      : index % 2 === 1
        ? redirectHeader(String(headers[index - 1]), entry, simulatorUrl)
        : entry,
  )
}

function redirectHeader(name: string, value: unknown, simulatorUrl: string): unknown {
  const isLocation = name.toLowerCase() === 'location' && typeof value === 'string'
  return isLocation ? (atSimulator(value, simulatorUrl) ?? value) : value
}

const OFFICIAL_SCRIPT = /(?:https?:)?\/\/res2?\.wx\.qq\.com\/open\/js\/jweixin-([\w.-]+)\.js/g

/**
 * Replaces the address of the official script in a page, padded to the old length so that a Content-Length stays right.
 * The old address stays in a compressed page, if it is split between two chunks, or if the new one is longer.
 */
function replaceScript(response: ServerResponse, chunk: unknown, simulatorUrl: string): unknown {
  const isText = typeof chunk === 'string'
  if (!isText && !Buffer.isBuffer(chunk)) return chunk
  const isHtml = /^text\/html/i.test(String(response.getHeader('content-type') ?? ''))
  if (!isHtml || response.hasHeader('content-encoding')) return chunk

  // In latin1 each byte is one character, so that only the addresses change.
  const page = isText ? chunk : chunk.toString('latin1')
  const replaced = page.replace(OFFICIAL_SCRIPT, (address: string, version: string) => {
    const scheme = address.startsWith('//') ? '' : 'http:'
    const path = version.startsWith('1.6') ? '/simulator/jweixin.js' : `/jweixin-${version.slice(0, 3)}.js`
    const replacement = `${scheme}//${new URL(simulatorUrl).host}${path}`
    if (replacement.length > address.length) return address
    return replacement.length === address.length ? replacement : `${replacement}?`.padEnd(address.length, '_')
  })
  return isText ? replaced : Buffer.from(replaced, 'latin1')
}
