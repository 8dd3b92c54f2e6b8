// The marks by which everything simulated can be told from the real WeChat. The server and the scripts in the browser
// both import this file, so it needs neither a DOM nor Node.

/** Every simulated app id begins with this. A real one is `wx` and hex digits, so the two can't be confused. */
export const simulatedAppIdPrefix = 'wxsim'

/** Every simulated app secret begins with this. A real one is hex digits only. */
export const simulatedSecretPrefix = 'sim_'

/** Every simulated `openid` and `unionid` begins with this. A real one begins with `o` and has no such word in it. */
export const simulatedOpenidPrefix = 'osim_'

/** What the simulator adds to the User-Agent of a browser that plays WeChat. */
export const simulatedUserAgentMark = 'wxsim/1'

/** Whether a browser plays WeChat: its User-Agent carries the simulator's mark. */
export function isSimulatedUserAgent(userAgent: string): boolean {
  return /wxsim/i.test(userAgent)
}

/** Whether the User-Agent is of WeChat, either of the real one or of a browser that plays it. */
export function isWechatUserAgent(userAgent: string): boolean {
  return /micromessenger/i.test(userAgent)
}

/** Whether this is the real WeChat. It has its own bridge, so the simulator must not install another one. */
export function isRealWechat(userAgent: string): boolean {
  return isWechatUserAgent(userAgent) && !isSimulatedUserAgent(userAgent)
}
