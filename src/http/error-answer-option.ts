import { z } from 'zod'
import type { WechatErrorAnswer } from './async-handler.js'

/** The option for the answers to errors. */
export interface WechatErrorAnswerOption {
  /** Answers errors in the app's own way. @default JSON, `{status, msg, data}` */
  onError?: WechatErrorAnswer | undefined
}

export const errorAnswerShape = {
  onError: z
    .custom<WechatErrorAnswer>(
      value => typeof value === 'function',
      'must be a function (error, req, res, next)',
    )
    .optional(),
}
