import type { ErrorCode } from './catalogue.js'
import { WARNINGS, type WarningCode } from './warnings.js'

/**
 * Emits a warning of the process (`process.on('warning')`, printed to stderr by default) with a stable code. All
 * warnings of this package are of the type `WechatWarning`.
 */
export function warn(code: WarningCode | ErrorCode, message: string): void {
  const link = Object.hasOwn(WARNINGS, code) ? ` (docs/errors.md#${code})` : ''
  process.emitWarning(`${message}${link}`, { type: 'WechatWarning', code })
}
