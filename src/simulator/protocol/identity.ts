// The marks by which simulated ids, secrets and User-Agents can be told from real ones. The server and the scripts in
// the browser both import this file, so it needs neither a DOM nor Node.

/** Every simulated app id begins with this. A real one is `wx` and hex digits, so the two can't be confused. */
export const simulatedAppIdPrefix = 'wxsim'

/** Every simulated app secret begins with this. A real one is hex digits only. */
export const simulatedSecretPrefix = 'sim_'

/** Every simulated `openid` and `unionid` begins with this. A real one begins with `o` and has no such word in it. */
export const simulatedOpenidPrefix = 'osim_'

/** The mark that the simulator adds to the User-Agent of a browser in which it simulates WeChat. */
export const simulatedUserAgentMark = 'wxsim/1'

/** Whether the User-Agent has the simulator's mark. */
export function isSimulatedUserAgent(userAgent: string): boolean {
  return /wxsim/i.test(userAgent)
}

/** Whether the User-Agent is that of WeChat or of a simulated WeChat. */
export function isWechatUserAgent(userAgent: string): boolean {
  return /micromessenger/i.test(userAgent)
}

/** Whether the User-Agent is that of the real WeChat, which has its own bridge and gets none of the simulator. */
export function isRealWechat(userAgent: string): boolean {
  return isWechatUserAgent(userAgent) && !isSimulatedUserAgent(userAgent)
}
