import { z } from 'zod'
import { WechatRequestError } from '../../errors/errors.js'

/** Why a login was refused, as a second callback needs it to give the same answer. */
export interface Refusal {
  code: string
  status: number
  userMessage: string
  retryAfterSeconds?: number | undefined
}

export const refusalSchema = z.object({
  code: z.string(),
  status: z.int().min(400).max(599),
  userMessage: z.string(),
  retryAfterSeconds: z.number().optional(),
})

export function toRefusal({ code, status, userMessage, retryAfterSeconds }: WechatRequestError): Refusal {
  return { code, status, userMessage, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) }
}

/** Makes the error for a second callback of a refused login. Only the first error's `message` has the reason. */
export function repeatRefusal({ code, status, userMessage, retryAfterSeconds }: Refusal): WechatRequestError {
  return new WechatRequestError('The login was refused a moment ago', {
    code,
    status,
    userMessage,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}
