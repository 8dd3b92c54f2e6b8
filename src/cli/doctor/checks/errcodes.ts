import type { CheckId } from '../check-ids.js'

/** The check that reports an errcode of the token call. The check `token` reports all other errcodes. */
const CHECK_OF_ERRCODE: Readonly<Record<number, CheckId>> = {
  40001: 'app-secret',
  40013: 'app-id',
  40125: 'app-secret',
  40164: 'ip-whitelist',
  40243: 'secret-frozen',
  41002: 'app-id',
  41004: 'app-secret',
  45009: 'quota',
  45011: 'quota',
  45035: 'ip-whitelist',
  61004: 'ip-whitelist',
  61024: 'app-id',
  89501: 'administrator',
  89503: 'administrator',
  89506: 'administrator',
  89507: 'administrator',
}

/** Whether this check reports the errcode of a refused token call. */
export function isAbout(id: CheckId, errcode: number): boolean {
  return (CHECK_OF_ERRCODE[errcode] ?? 'token') === id
}
