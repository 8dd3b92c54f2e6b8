import { z } from 'zod'

/** A token, ticket or media id: up to 2,048 printable characters without spaces. WeChat asks to keep space for 512. */
export const credentialField = z.string().regex(/^[\x21-\x7e]{1,2048}$/)

/** A TTL in seconds, as a number or, from old servers, a numeric string. More than 7,200 (two hours) becomes 7,200. */
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
