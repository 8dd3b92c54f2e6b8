import type { BridgeCall, CallsMessage, LoggedCall } from '../protocol/bridge.js'

/** Texts with more characters are cut, since a picture in base64 would fill the dashboard. */
const longestText = 2_000

export interface CallLog {
  /** Returns the calls that are new, or have got their reply, since the last call of this function. Undefined if none. */
  takeNews(): CallsMessage | undefined
  /** Makes `takeNews` return every call again. */
  startOver(): void
}

export function createCallLog(calls: readonly BridgeCall[]): CallLog {
  const pageId = `${Date.now()}-${Math.random()}`
  /** For each reported call, whether its reply has been reported too. */
  const told: boolean[] = []

  return {
    startOver: () => void told.splice(0),
    takeNews() {
      const news = calls
        .map(toLogged)
        .filter(({ index, reply }) => told[index] === undefined || (!told[index] && reply !== undefined))
      for (const { index, reply } of news) told[index] = reply !== undefined
      return news.length > 0 ? { wxsim: 'calls', pageId, url: location.href, calls: news } : undefined
    },
  }
}

function toLogged({ name, args, at, reply, durationMs }: BridgeCall, index: number): LoggedCall {
  return {
    index,
    name,
    args: shorten(args),
    at,
    ...(reply && { reply: shorten(reply), result: reply.err_msg?.replace(/^[^:]*:/, '') ?? '' }),
    ...(durationMs !== undefined && { durationMs }),
  }
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? ''
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text
}
