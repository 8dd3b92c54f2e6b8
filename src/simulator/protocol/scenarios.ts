// The scenarios that the dashboard offers and that tests play by name. The server and the dashboard import this file.

export const scenarioNames = [
  'first visit of a stranger',
  'token revoked elsewhere',
  'callback opened twice',
  'snapshot visitor',
  'WeChat is down for a minute',
  'photo older than three days',
] as const

/** The names for `simulator.scenario()`. */
export type ScenarioName = (typeof scenarioNames)[number]

/** The paths of the platform that an app calls, in the order of a visit. */
export const faultPaths = [
  '/connect/oauth2/authorize',
  '/sns/oauth2/access_token',
  '/sns/userinfo',
  '/cgi-bin/stable_token',
  '/cgi-bin/token',
  '/cgi-bin/ticket/getticket',
  '/cgi-bin/user/info',
  '/cgi-bin/media/get',
] as const

export type FaultPath = (typeof faultPaths)[number]
