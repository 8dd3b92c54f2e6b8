import { isLoopback } from '../../protocol/loopback.js'
import { parsePageAddress } from './page-address.js'

/**
 * The address at which the phone opens what it scanned. Browsers share the cookies of one host name between its ports
 * and windows, so a computer's page and the phone would be one visitor. A page of this machine is therefore opened
 * under the name that the dashboard has, and the computer uses the other one.
 */
export function toPhoneAddress(scanned: string, dashboardHost: string): string {
  const address = parsePageAddress(scanned)
  if (!address) return scanned
  if (isLoopback(address.hostname) && isLoopback(dashboardHost)) address.hostname = dashboardHost
  return address.href
}

/** Returns the address with the other name of this machine, for the browser of a computer. */
export function toComputerAddress(url: string, dashboardHost: string): string {
  const address = URL.parse(url)
  if (!address || !isLoopback(address.hostname)) return url
  address.hostname = dashboardHost === 'localhost' ? '127.0.0.1' : 'localhost'
  return address.href
}

/** Whether it is the address in a QR code of the account with a scene (带参数二维码). */
export function isSceneCode(scanned: string): boolean {
  return /^https?:\/\/weixin\.qq\.com\/q\/[\w-]+$/.test(scanned.trim())
}
