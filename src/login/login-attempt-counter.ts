/**
 * A mark on the address to which a login returns: how many logins in a row have led there, and when the last one
 * began. It rides on the address and not in a cookie, since only who comes back carries it then, whatever other tabs
 * and other apps of the host do, and a browser that keeps no cookies is counted too.
 */
const NAME = 'wechat-round'
const MARK = new RegExp(`(?<=[?&])${NAME}=(\\d)-([0-9a-z]{1,12})(?:&|$)`)
/** An older mark was kept or passed on by somebody: it tells nothing of this visit. */
const FRESH_MS = 5 * 60_000

/** The longest that a mark makes an address longer. */
export const MARK_LENGTH = NAME.length + 16

/** `round`: 1 for the first login in a row, up to 9. */
export function withRound(page: string, round: number): string {
  return `${page}${page.includes('?') ? '&' : '?'}${NAME}=${round}-${Date.now().toString(36)}`
}

/** 0 for who does not come back from a login. */
export function roundOf(page: string): number {
  const [, round = '0', begunAt = ''] = MARK.exec(page) ?? []
  // Another machine may have set it, whose clock is ahead.
  const ageMs = Math.abs(Date.now() - Number.parseInt(begunAt, 36))
  return ageMs < FRESH_MS ? Number(round) : 0
}

/** The address as it was before, byte for byte. */
export function withoutRound(page: string): string {
  return MARK.test(page) ? page.replace(MARK, '').replace(/[?&]$/, '') : page
}
