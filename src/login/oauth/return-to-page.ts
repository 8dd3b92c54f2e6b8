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

/** The guard has marked the page of its silent login. If that page is lost, the default one is marked instead. */
function readDefaultPage(flow: LoginFlow, req: Request, mode: LoginMode): string {
  const page = flow.defaultReturnUrl(req)
  return mode === 'silent' ? flow.silentMark.add(page, flow.states) : page
}
