import type { Request, Response } from 'express'
import { redirect } from '../../http/respond.js'
import type { LoginMode } from '../silent/login-mode.js'
import type { LoginFlow } from './login-flow.js'
import { withFragment } from './return-url.js'

export interface LoginEnd {
  /** The page to return to, or empty for the default one. */
  returnUrl: string
  mode: LoginMode
}

/** Redirects to the page at which a login ends. */
export function returnToPage(
  flow: LoginFlow,
  req: Request,
  res: Response,
  { returnUrl, mode }: LoginEnd,
): void {
  redirect(res, withFragment(returnUrl || readDefaultPage(flow, req, mode)))
}

/**
 * Returns the default page. After a silent login it gets the silent mark, as the lost page had it: the guard of the
 * default page would otherwise try a silent login again.
 */
function readDefaultPage(flow: LoginFlow, req: Request, mode: LoginMode): string {
  const page = flow.defaultReturnUrl(req)
  return mode === 'silent' ? flow.silentMark.add(page, flow.states) : page
}
