/** The simulator's app ids begin with "wxsim". WeChat's own are "wx" and 16 hexadecimal digits. */
const SIMULATED_APP_ID_PREFIX = 'wxsim'
/** The simulator's openids begin with "osim_", and WeChat's own do not. */
const SIMULATED_OPENID_PREFIX = 'osim_'

export function isSimulatedAppId(appId: string): boolean {
  return appId.startsWith(SIMULATED_APP_ID_PREFIX)
}

export function isSimulatedOpenid(openid: string): boolean {
  return openid.startsWith(SIMULATED_OPENID_PREFIX)
}
