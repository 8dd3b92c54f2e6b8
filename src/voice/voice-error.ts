import { WechatError } from '../errors/errors.js'

const answers = {
  voice_unsupported: { status: 415, userMessage: '不支持的语音格式' },
  voice_damaged: { status: 422, userMessage: '语音文件已损坏' },
  voice_too_large: { status: 413, userMessage: '语音文件过大' },
  voice_engine_missing: { status: 501, userMessage: '服务器暂不支持语音转换' },
  voice_timeout: { status: 504, userMessage: '语音转换超时，请重试' },
} as const

export type VoiceErrorCode = keyof typeof answers

/** Why a recording could not be converted. */
export class VoiceError extends WechatError {
  override readonly name = 'VoiceError'

  constructor(code: VoiceErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, { code, ...answers[code] })
    // Not enumerable, as the platform's own causes: for a debugger, and for no log.
    if ('cause' in options) Object.defineProperty(this, 'cause', { value: options.cause })
  }
}
