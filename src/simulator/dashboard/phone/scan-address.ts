import { isLoopback } from '../../protocol/loopback.js'
import { parsePageAddress } from './page-address.js'

/**
 * Returns the address at which the phone opens what it scanned. A page of this machine gets the dashboard's host name,
 * while the computer uses the other of localhost and 127.0.0.1: windows with one host name share cookies, so the app
 * would take the computer and the phone for one visitor.
 */
export function toPhoneAddress(scanned: string, dashboardHost: string): string {
  const address = parsePageAddress(scanned)
  if (!address) return scanned
  if (isLoopback(address.hostname) && isLoopback(dashboardHost)) address.hostname = dashboardHost
  return address.href
}

/** Returns the address for the computer's browser: with localhost if the dashboard has 127.0.0.1, or the reverse. */
export function toComputerAddress(url: string, dashboardHost: string): string {
  const address = URL.parse(url)
  if (!address || !isLoopback(address.hostname)) return url
  address.hostname = dashboardHost === 'localhost' ? '127.0.0.1' : 'localhost'
  return address.href
}

/** Whether the text is the address in one of the account's QR codes with a scene (带参数二维码). */
export function isSceneCode(scanned: string): boolean {
  return /^https?:\/\/weixin\.qq\.com\/q\/[\w-]+$/.test(scanned.trim())
}
