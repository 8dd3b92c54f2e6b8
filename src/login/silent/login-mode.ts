import type { Request } from 'express'
import { readFirstQueryValue } from '../../http/request.js'

/**
 * Why a login begins. `login`: a person logs in. `silent`: a guard tries a login that shows the person nothing, and the
 * person goes on as a visitor if it fails. `renewal`: a guard renews an old login. The last two ask for `snsapi_base`,
 * and keep what the same person was granted before.
 */
export type LoginMode = 'login' | 'silent' | 'renewal'

/** The query parameter of the login's address that names each mode, and the scope that such a login asks for. */
export const MODE_PARAMETERS: Record<LoginMode, { name: string; scope: string } | undefined> = {
  login: undefined,
  silent: { name: 'silent', scope: 'snsapi_base' },
  renewal: { name: 'renew', scope: 'snsapi_base' },
}

export function readMode(req: Request): LoginMode {
  if (readFirstQueryValue(req, 'silent') !== undefined) return 'silent'
  return readFirstQueryValue(req, 'renew') === undefined ? 'login' : 'renewal'
}
