import { z } from 'zod'

/** A token, ticket or code: opaque and printable, without spaces. WeChat asks for 512 characters of storage. */
export const credentialField = z.string().regex(/^[\x21-\x7e]{1,2048}$/)

/** Seconds of life, as a number or, as old servers sent it, a numeric string; never more than WeChat's two hours. */
export const secondsField = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,10}$/)
      .transform(Number),
  ])
  .pipe(z.number().positive())
  .transform(seconds => Math.min(seconds, 7200))

export const openidField = z.string().regex(/^[\w-]{1,64}$/)
