import type { CheckId } from './check-ids.js'

export type CheckState = 'ok' | 'warning' | 'fault' | 'skipped'

/** The result of a check in words, in the language of the output. */
export interface Advice {
  text: string
  /** What an operator has to do, if the check found something wrong. */
  remedy?: string | undefined
}

export interface Outcome extends Advice {
  state: CheckState
  /** WeChat's errcode, if WeChat refused a call. */
  errcode?: number | undefined
  /** The IP address of this server as WeChat sees it, if WeChat named it. */
  address?: string | undefined
}

export interface CheckResult extends Outcome {
  id: CheckId
}

export const ok = (advice: Advice): Outcome => ({ state: 'ok', ...advice })
export const warning = (advice: Advice): Outcome => ({ state: 'warning', ...advice })
export const fault = (advice: Advice): Outcome => ({ state: 'fault', ...advice })
export const skipped = (advice: Advice): Outcome => ({ state: 'skipped', ...advice })
