/** The paths below `/cgi-bin/` that the simulated API has. */
export const simulatedApiPaths: readonly string[] = [
  '/cgi-bin/token',
  '/cgi-bin/stable_token',
  '/cgi-bin/ticket/getticket',
  '/cgi-bin/user/info',
  '/cgi-bin/media/get',
  '/cgi-bin/media/get/jssdk',
  '/cgi-bin/media/upload',
  '/cgi-bin/clear_quota',
  '/cgi-bin/clear_quota/v2',
  '/cgi-bin/openapi/quota/get',
  '/cgi-bin/openapi/rid/get',
  '/cgi-bin/get_api_domain_ip',
  '/cgi-bin/getcallbackip',
]
