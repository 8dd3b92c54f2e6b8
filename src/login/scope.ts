import { z } from 'zod'

/** The scopes of WeChat's web login. */
export const scopeSchema = z.enum(
  ['snsapi_base', 'snsapi_userinfo'],
  'must be "snsapi_base" or "snsapi_userinfo"',
)
