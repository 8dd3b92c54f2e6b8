/** The platform's own errmsg for each errcode. An answer appends the request id. */
const literals: Readonly<Record<number, string>> = {
  [-1]: 'system error',
  40001: 'invalid credential, access_token is invalid or not latest',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40004: 'invalid media type',
  40005: 'invalid file type',
  // The misspelling is the platform's own.
  40006: 'invalid meida size',
  40007: 'invalid media_id',
  40008: 'invalid message type',
  40009: 'invalid image size',
  40010: 'invalid voice size',
  40011: 'invalid video size',
  40012: 'invalid thumb size',
  40013: 'invalid appid',
  40014: 'invalid access_token',
  40015: 'invalid menu type',
  40016: 'invalid button size',
  40018: 'invalid button name size',
  40019: 'invalid button key size',
  40020: 'invalid button url size',
  40023: 'invalid sub button size',
  40029: 'invalid code',
  40030: 'invalid refresh_token',
  40037: 'invalid template_id',
  40052: 'invalid action name',
  40053: 'invalid action info',
  40066: 'invalid url',
  40097: 'invalid args',
  40125: 'invalid appsecret',
  40137: 'invalid image format',
  40163: 'code been used',
  40226: 'code blocked',
  40243: 'appsecret is frozen',
  41001: 'access_token missing',
  41002: 'appid missing',
  41003: 'refresh_token missing',
  41004: 'appsecret missing',
  41005: 'media data missing',
  41006: 'media_id missing',
  41008: 'missing code',
  41009: 'missing openid',
  42001: 'access_token expired',
  42002: 'refresh_token expired',
  42003: 'code expired',
  42007: 'access_token and refresh_token exception',
  43001: 'require GET method',
  43002: 'require POST method',
  43004: 'require subscribe',
  43101: 'user refuse to accept the msg',
  44001: 'empty media data',
  44002: 'empty post data',
  45001: 'media size out of limit',
  45002: 'content size out of limit',
  45009: 'reach max api daily quota limit',
  45011: 'api minute-quota reach limit, must slower, retry next minute',
  45015: 'response out of time limit or subscription is canceled',
  45047: 'out of response count limit',
  46003: 'menu no exist',
  47001: 'data format error',
  48001: 'api unauthorized',
  48004: 'api forbidden for irregularities, view detail on mp.weixin.qq.com',
  48006: 'forbid to clear quota because of reaching the limit',
  50002: 'user limited',
  50004: 'user not allow to use accesstoken, maybe for punishment',
  61004: 'access clientip is not registered',
  61024: 'must use api(api_component_token) to get token for component acct',
  76001: 'rid not found',
  76002: 'rid is wrong',
  76003: 'cgi_path is wrong',
  76021: 'cgi_path not found, please check',
  76022: 'could not use this cgi_path, no permission',
  // The next four texts are the simulator's, because the platform's own are not known.
  89501: 'a confirmation of this ip by the administrator is pending',
  89503: 'this ip has to be confirmed by the administrator',
  89506: 'the administrator has refused this ip twice, it is blocked for 24 hours',
  89507: 'the administrator has refused this ip, it is blocked for 1 hour',
}

const stableTokenAdvice =
  ', could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r'

/** The error by which the platform refuses a call. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly errcode: number
  readonly httpStatus: number

  /** Without `errmsg`, the refusal has the platform's own text for the code. */
  constructor(errcode: number, errmsg?: string, httpStatus = 200) {
    super(errmsg ?? literals[errcode] ?? 'system error')
    this.errcode = errcode
    this.httpStatus = httpStatus
  }
}

/** Returns the body of a refusal. Below `/sns/`, a comma precedes the request id, and 40001 has no advice about tokens. */
export function refusalBody(
  refusal: Refusal,
  path: string,
  rid: string,
): { errcode: number; errmsg: string } {
  const isSns = path.startsWith('/sns/')
  const advice =
    refusal.errcode === 40001 && !isSns && refusal.message === literals[40001] ? stableTokenAdvice : ''
  return {
    errcode: refusal.errcode,
    errmsg: `${refusal.message}${advice}${isSns ? ',' : ''} rid: ${rid}`,
  }
}
