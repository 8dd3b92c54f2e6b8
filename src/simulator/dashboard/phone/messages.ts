import { type ArrivalMessage, type CallsMessage, isProfile, type PageMessage } from '../../protocol/bridge.js'

function isRecord(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null
}

export function isArrival(data: unknown): data is ArrivalMessage {
  return isRecord(data) && data.wxsim === 'here'
}

export function isPageMessage(data: unknown): data is PageMessage {
  return (
    isRecord(data) &&
    data.wxsim === 'page' &&
    isProfile(data.profile) &&
    typeof data.title === 'string' &&
    typeof data.url === 'string'
  )
}

export function isCallsMessage(data: unknown): data is CallsMessage {
  return (
    isRecord(data) &&
    data.wxsim === 'calls' &&
    typeof data.pageId === 'string' &&
    typeof data.url === 'string' &&
    Array.isArray(data.calls)
  )
}
