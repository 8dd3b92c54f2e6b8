/** The kind of an error. Each has a class: `config` has `WechatConfigError`, `voice` has `VoiceError`. */
export type ErrorKind = 'request' | 'config' | 'unavailable' | 'upstream' | 'voice'

export interface CatalogueEntry {
  kind: ErrorKind
  /** The HTTP status with which a handler answers. */
  status: number
  /** What the person in front of the page reads, in Chinese. */
  zh: string
  /** What went wrong, for developers. */
  en: string
  /** What a developer or operator does about it. */
  remedy: string
}

/**
 * Every error code of this package. `docs/errors.md` is generated from this table, and each message of a catalogued
 * error ends with the address of its entry there.
 */
export const ERROR_CATALOGUE = {
  // Errors of options and settings. Factories throw them, and requests that reveal a wrong setting.
  invalid_options: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'A factory was given an option, or an environment variable, that it does not accept',
    remedy: 'The message names the factory and the option. Correct that option',
  },
  factory_uncalled: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'A factory was passed to Express without being called',
    remedy: 'Call it: app.use(factory())',
  },
  simulator_in_production: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'The app id is a simulated one (wxsim…), which NODE_ENV=production refuses',
    remedy: 'Set WECHAT_APP_ID and WECHAT_APP_SECRET of the real account, or unset NODE_ENV=production',
  },
  simulator_mismatch: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'A real app id is used with the simulator, or a simulated one with a host that is not loopback',
    remedy: 'Use app id, apiBaseUrl and openBaseUrl of the same environment',
  },
  session_unsuitable: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'The session is not one of express-session: a login needs a new session id, and a store',
    remedy: 'Mount express-session instead of cookie-session or another session middleware',
  },
  insecure_transport: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'The session cookie is secure, but this request is plain http to Express',
    remedy: 'Behind a TLS proxy, set app.set("trust proxy", 1)',
  },
  session_cookie_name_taken: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: "This app's session cookie has the same name as the gateway's",
    remedy: 'Give it another name: session({ name: … })',
  },
  login_not_kept: {
    kind: 'config',
    status: 500,
    zh: '登录状态没有保存下来，请重试',
    en: 'A login did not last until the next page',
    remedy:
      "Check that the session's cookie comes back (its domain, path and sameSite, which must not be 'strict'), that the guard's sessionKey is the router's, and that the session store keeps the session (MemoryStore forgets it after a restart and with several processes; another SESSION_SECRET makes it unreadable)",
  },
  login_behind_guard: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'requireWechatLogin stands before the router that serves its own loginPath',
    remedy: 'Mount wechatAuthRouter() first, or give "loginPath" without the host',
  },
  gateway_cookie_missing: {
    kind: 'config',
    status: 500,
    zh: '登录状态没有保存下来，请重试',
    en: "Visitors come back from the gateway's login without the gateway's session cookie",
    remedy:
      "The cookie has to reach this site (one host, or the gateway's SESSION_COOKIE_DOMAIN) under the name that cookieName gives",
  },
  app_secret_missing: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'The token manager has no app secret, since its tokens come from a tokenSource',
    remedy: 'Set appSecret (WECHAT_APP_SECRET), or let a gateway log people in',
  },
  push_handler_failed: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'A function that was given to messageHandler threw, or returned no reply',
    remedy: 'Correct the function; WeChat was answered "success" meanwhile, so the person got no reply',
  },
  invalid_path: {
    kind: 'request',
    status: 500,
    zh: '服务器内部错误',
    en: 'tokenManager.request: the path must begin with one "/" and hold no dot segments',
    remedy: 'Pass the path of an API, such as "/cgi-bin/tags/get"; parameters go into `query`',
  },

  // Errors of requests that a handler refuses.
  bad_query: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: 'A query parameter comes more than once, or is no text',
    remedy: 'Send the parameter once, as plain text',
  },
  bad_parameter: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: 'A parameter is missing or not acceptable',
    remedy: 'The message names the parameter and what it must be',
  },
  bad_body: {
    kind: 'request',
    status: 400,
    zh: '请求体应为 JSON 对象',
    en: 'The body is no JSON object',
    remedy: 'Send a JSON object, and mount no form parser for this path',
  },
  body_too_large: {
    kind: 'request',
    status: 413,
    zh: '内容超过大小限制',
    en: 'The body is too large',
    remedy: 'Send less; the message names the limit',
  },
  body_encoding: {
    kind: 'request',
    status: 415,
    zh: '不支持的内容类型',
    en: "The body's charset or encoding is unknown",
    remedy: 'Send UTF-8 without content encoding',
  },
  bad_host: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: 'The Host header is no host',
    remedy: 'Check the proxy in front; it has to pass a valid Host or X-Forwarded-Host',
  },
  bad_forwarded_proto: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: 'The X-Forwarded-Proto header is neither "http" nor "https"',
    remedy: 'Let the proxy in front overwrite the header instead of passing on what clients send',
  },
  bad_mount_path: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: 'The path at which the router was reached can not be the path of a cookie',
    remedy: 'Set publicUrl, or restrict the parameters in the path of app.use()',
  },
  https_required: {
    kind: 'request',
    status: 400,
    zh: '请使用 https 打开这个页面',
    en: 'The browser came by plain http, and publicUrl and the session cookie are for https',
    remedy:
      'Redirect http to https in the proxy. If the browser did use https, the proxy nearest to it has to set X-Forwarded-Proto: https',
  },
  origin_not_allowed: {
    kind: 'request',
    status: 403,
    zh: '该页面的域名不在允许范围内',
    en: 'The request comes from a page of an origin that is not allowed',
    remedy: 'Add the origin to allowedOrigins (WECHAT_ALLOWED_ORIGINS), or set publicUrl',
  },
  not_found: {
    kind: 'request',
    status: 404,
    zh: '没有这个地址',
    en: 'There is no such path',
    remedy: 'Compare the path with the table of addresses in docs/http-interface.md',
  },
  method_not_allowed: {
    kind: 'request',
    status: 405,
    zh: '不支持这种请求方法',
    en: 'The path does not accept this method',
    remedy: 'The Allow header names the methods',
  },

  bad_form: {
    kind: 'request',
    status: 400,
    zh: '请求内容不正确',
    en: 'The body is no form',
    remedy: 'Post application/x-www-form-urlencoded in UTF-8',
  },

  // Errors of logins.
  not_logged_in: {
    kind: 'request',
    status: 401,
    zh: '请先登录微信',
    en: 'Nobody is logged in',
    remedy: 'Send the browser to data.loginUrl, or to {base}/auth',
  },
  login_too_old: {
    kind: 'request',
    status: 401,
    zh: '登录已过期，请重新登录',
    en: "The login is older than the guard's maxAgeSeconds",
    remedy: 'Send the browser to data.loginUrl, which renews the login without a question to the person',
  },
  login_lost: {
    kind: 'request',
    status: 400,
    zh: '登录状态没有保存下来，请重新登录',
    en: 'A mark of the browser says that it came back from a login, and nobody is logged in',
    remedy:
      'The mark is not proven, since this guard knows no app secret, so it can be forged. If it comes often, look at login_not_kept and gateway_cookie_missing',
  },
  bad_scope: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: '"scope" must be "snsapi_base" or "snsapi_userinfo"',
    remedy: 'Use one of the two',
  },
  bad_return_url: {
    kind: 'request',
    status: 400,
    zh: '返回地址不正确',
    en: 'The page to return to is not acceptable',
    remedy:
      'Use a path, or a URL of an origin in allowedOrigins; behind a development server, set publicUrl to its address',
  },
  bad_callback: {
    kind: 'request',
    status: 400,
    zh: '登录请求无效，请重新登录',
    en: "The callback's state or code is not acceptable",
    remedy: 'Begin the login again at {base}/auth',
  },
  login_cookies_lost: {
    kind: 'request',
    status: 400,
    zh: '登录失败：请允许浏览器使用 Cookie 后重试',
    en: 'The browser lost its cookies twice during one login',
    remedy: 'Check that Set-Cookie passes the proxy in front, and that the browser accepts cookies',
  },
  login_refused: {
    kind: 'request',
    status: 403,
    zh: '你取消了微信登录',
    en: 'The person refused at WeChat',
    remedy: 'Nothing to mend: offer the login again',
  },
  snapshot_user: {
    kind: 'request',
    status: 403,
    zh: '当前为快照页，请点击页面底部的「使用完整服务」后再试',
    en: 'WeChat showed the page as a snapshot page and lent it a virtual account',
    remedy: 'The person taps 使用完整服务; allowSnapshotUser accepts virtual accounts',
  },
  scope_not_granted: {
    kind: 'request',
    status: 403,
    zh: '需要授权获取个人信息',
    en: 'The login was not granted snsapi_userinfo',
    remedy: 'Log in with ?scope=snsapi_userinfo, or requireWechatLogin({ scope: "snsapi_userinfo" })',
  },
  scan_ticket_invalid: {
    kind: 'request',
    status: 400,
    zh: '二维码无效，请在电脑上刷新后重新扫描',
    en: 'The ticket of a scan login was not issued by this account',
    remedy: 'Show a new code at {base}/auth/scan',
  },
  scan_ticket_ended: {
    kind: 'request',
    status: 400,
    zh: '二维码已失效，请在电脑上刷新后重新扫描',
    en: 'The ticket of a scan login has expired, was decided, or was used',
    remedy: 'Show a new code at {base}/auth/scan; a ticket lives for two minutes and logs in once',
  },
  scan_other_browser: {
    kind: 'request',
    status: 403,
    zh: '请在显示二维码的浏览器中完成登录',
    en: 'The ticket of a scan login was issued to another browser',
    remedy:
      'Only the browser that shows the code, with its cookies, may ask for its state and finish the login',
  },
  scan_other_phone: {
    kind: 'request',
    status: 403,
    zh: '这个二维码已被另一部手机扫描，请在电脑上刷新',
    en: 'Another person has opened this ticket of a scan login',
    remedy: 'Show a new code at {base}/auth/scan',
  },
  scan_form_expired: {
    kind: 'request',
    status: 403,
    zh: '页面已失效，请重新扫描二维码',
    en: 'The form token of a scan login belongs to another session, or was used',
    remedy: 'Open the ticket again; each token is for one answer',
  },
  scan_too_many: {
    kind: 'request',
    status: 429,
    zh: '扫描的二维码太多了，请两分钟后再试',
    en: 'This person has five open tickets of scan logins',
    remedy: 'Confirm or refuse one of them, or wait until they expire',
  },
  scan_refused: {
    kind: 'request',
    status: 403,
    zh: '手机取消了登录',
    en: 'The phone refused the scan login, or the digits were wrong three times',
    remedy: 'Nothing to mend: show a new code at {base}/auth/scan',
  },
  scan_not_confirmed: {
    kind: 'request',
    status: 400,
    zh: '手机还没有确认登录',
    en: 'The scan login is not confirmed, or its confirmation is no longer kept',
    remedy: 'Wait until the status is "confirmed", and finish within a minute',
  },
  not_a_follower: {
    kind: 'request',
    status: 403,
    zh: '请先关注公众号',
    en: 'The person does not follow the account',
    remedy: 'Ask the person to follow the account',
  },
  login_hook_failed: {
    kind: 'config',
    status: 500,
    zh: '登录没有完成，请稍后再试',
    en: 'The onLogin hook threw an error, or returned values that the session cannot hold',
    remedy: 'Mend the hook. To refuse a person, throw a WechatRequestError with a status and a userMessage',
  },
  login_hook_timeout: {
    kind: 'config',
    status: 500,
    zh: '登录没有完成，请稍后再试',
    en: 'The onLogin hook did not end in time',
    remedy: 'Pass its signal on to what it waits for, or raise onLoginTimeoutMs',
  },
  logout_hook_failed: {
    kind: 'config',
    status: 500,
    zh: '服务器内部错误',
    en: 'The onLogout hook threw an error, or did not end in time. The logout was done all the same',
    remedy: 'Mend the hook',
  },
  push_waiting_full: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'Too many deliveries of messages wait for an answer in this process',
    remedy: 'Make the handlers faster, or add processes; WeChat delivers again',
  },
  subscription_refused: {
    kind: 'request',
    status: 403,
    zh: '用户没有订阅该通知',
    en: 'The person has not subscribed to this notice, has cancelled it, or the one permission is used up (43101)',
    remedy: 'Ask the person to subscribe again, and do not repeat the call before that',
  },
  session_unavailable: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'There is no usable session',
    remedy:
      'Mount app.use(session(…)) of express-session before wechatAuthRouter() and requireWechatLogin(), with a cookie path that covers both. If it is mounted there, check that its store is up',
  },
  gateway_unavailable: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'The gateway did not tell who is logged in',
    remedy: 'Check that the gateway is up and reachable from this process at the url of the gateway option',
  },

  // Errors of signing a page for the JS-SDK.
  bad_page_url: {
    kind: 'request',
    status: 400,
    zh: '页面地址 url 不正确',
    en: '"url" is no address of a page',
    remedy: 'Send {"url": location.href.split(\'#\')[0]}',
  },
  page_origin_not_allowed: {
    kind: 'request',
    status: 403,
    zh: '该页面的域名不在允许范围内',
    en: 'The page to sign is of an origin that is not allowed',
    remedy: 'Add the origin to allowedOrigins (WECHAT_ALLOWED_ORIGINS), or set publicUrl',
  },

  // Errors of downloads, uploads and conversions of media.
  bad_media_id: {
    kind: 'request',
    status: 400,
    zh: '缺少 media_id，或格式不正确',
    en: '"media_id" is missing, or is no media_id of WeChat',
    remedy: 'Upload with wx.uploadImage or wx.uploadVoice first, and send the serverId',
  },
  bad_media_format: {
    kind: 'request',
    status: 400,
    zh: '请求参数不正确',
    en: '"format" or "quality" is not acceptable',
    remedy: 'The message names the values that are',
  },
  media_type_not_served: {
    kind: 'request',
    status: 415,
    zh: '不支持的素材类型',
    en: 'The media is of a type that is not served as bytes, or its bytes are not of the type that WeChat named',
    remedy: 'Fetch it as base64, or with downloadMedia()',
  },
  range_not_satisfiable: {
    kind: 'request',
    status: 416,
    zh: '请求的范围超出了素材的长度',
    en: 'The range begins behind the end of the media',
    remedy: 'Content-Range tells the length; ask for a range within it, or for the whole without Range',
  },
  media_too_large: {
    kind: 'request',
    status: 413,
    zh: '素材超过大小限制',
    en: 'The media is over the size limit',
    remedy: 'Raise maxBytes of the handler, if the size is intended',
  },
  media_video_address: {
    kind: 'request',
    status: 415,
    zh: '不支持的视频地址',
    en: 'The address that WeChat gave for a video is not one that may be fetched',
    remedy: 'If the address is at a new host of WeChat, add the host to videoHosts',
  },
  media_receiver_stalled: {
    kind: 'request',
    status: 408,
    zh: '请求无法处理',
    en: 'The receiver of the media stalled',
    remedy: 'Read the response without long pauses, or raise idleTimeoutMs',
  },
  too_many_downloads: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'Too many downloads run at once in this process',
    remedy: 'Try again after Retry-After; raise maxConcurrent, or add processes',
  },
  upload_too_large: {
    kind: 'request',
    status: 413,
    zh: '素材超过大小限制',
    en: 'The file to upload is over the limit of WeChat for its type',
    remedy: 'Images and videos may have 10 MiB, voices 2 MiB, thumbs 64 KiB',
  },
  upload_empty: {
    kind: 'request',
    status: 400,
    zh: '素材内容为空',
    en: 'The file to upload is empty',
    remedy: 'Check what the source gives; a stream that was read before gives nothing',
  },
  upload_type_mismatch: {
    kind: 'request',
    status: 415,
    zh: '不支持的素材类型',
    en: 'The first bytes of the file to upload are of a format that WeChat does not accept for the type',
    remedy: 'image: PNG, JPEG or GIF; voice: AMR or MP3; video: MP4; thumb: JPEG',
  },
  upload_size_mismatch: {
    kind: 'request',
    status: 400,
    zh: '素材大小与声明不符',
    en: 'The source of the upload gave more or fewer bytes than its size',
    remedy: 'Pass the exact "size" of a stream, and do not change a file while it is uploaded',
  },
  voice_unsupported: {
    kind: 'voice',
    status: 415,
    zh: '不支持的语音格式',
    en: 'The recording is of a format that can not be converted',
    remedy: 'AMR, speex and MP3 recordings are converted',
  },
  voice_damaged: {
    kind: 'voice',
    status: 422,
    zh: '语音文件已损坏',
    en: 'The recording is damaged',
    remedy: 'Record again',
  },
  voice_too_large: {
    kind: 'voice',
    status: 413,
    zh: '语音文件过大',
    en: 'The recording is larger than a voice of WeChat can be',
    remedy: 'Convert it with a program of your own',
  },
  voice_engine_missing: {
    kind: 'voice',
    status: 501,
    zh: '服务器暂不支持语音转换',
    en: 'No engine for this conversion is installed',
    remedy: 'Install ffmpeg, or run npm install @audio/decode-amr wasm-media-encoders',
  },
  voice_timeout: {
    kind: 'voice',
    status: 504,
    zh: '语音转换超时，请重试',
    en: 'The conversion took too long',
    remedy: 'Try again, or raise timeoutMs of convertVoice',
  },

  // Errors of service keys, and of the API calls that they allow.
  service_key_required: {
    kind: 'request',
    status: 401,
    zh: '服务密钥缺失或无效',
    en: 'The request has no valid service key',
    remedy: 'Send it as Authorization: Bearer <key>',
  },
  too_many_wrong_keys: {
    kind: 'request',
    status: 429,
    zh: '请求太频繁，请稍后再试',
    en: 'Too many wrong service keys came from this address',
    remedy: 'Correct the key, and try again after Retry-After',
  },

  api_path_not_allowed: {
    kind: 'request',
    status: 403,
    zh: '该密钥无权调用此接口',
    en: 'The service key may not call this API',
    remedy:
      'Add the whole path to `allow` under the name of the key. Token, ticket, quota reset and /sns/ paths are never passed on',
  },
  api_token_in_query: {
    kind: 'request',
    status: 400,
    zh: '请不要传入 access_token',
    en: 'The query holds an "access_token"',
    remedy: 'Leave it out: the gateway fills in its own',
  },
  api_token_unconfirmed: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'A large body can be sent only once, and WeChat did not confirm the token before it',
    remedy: 'Send the request again after Retry-After',
  },

  // Errors of tokens, and of calls to WeChat.
  token_store_unavailable: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'The token store is down',
    remedy: 'Check Redis; the reason is in the store-unavailable event',
  },
  token_source_unavailable: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'The token source gave no credential',
    remedy: 'Check that the source is up, and the url and serviceKey of tokenSource',
  },
  token_wait_timeout: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'Another process did not refresh the credential in time',
    remedy: 'Try again; check the process that holds the lease',
  },
  closed: {
    kind: 'unavailable',
    status: 503,
    zh: '服务繁忙，请稍后再试',
    en: 'The token manager is closed',
    remedy: 'Create a new one; a closed one stays closed',
  },
  wechat_timeout: {
    kind: 'upstream',
    status: 504,
    zh: '微信响应超时，请稍后再试',
    en: 'WeChat did not answer in time',
    remedy: 'Try again; check the network from this server to api.weixin.qq.com',
  },
  wechat_unreachable: {
    kind: 'upstream',
    status: 502,
    zh: '暂时无法连接微信，请稍后再试',
    en: 'WeChat can not be reached',
    remedy: 'Check DNS, firewall and proxy settings of this server, and WECHAT_API_BASE_URL',
  },
  wechat_protocol: {
    kind: 'upstream',
    status: 502,
    zh: '微信返回了无法识别的内容，请稍后再试',
    en: 'WeChat answered with something that is not its protocol',
    remedy: 'Check which proxy stands between this server and WeChat',
  },
  wechat_refused: {
    kind: 'upstream',
    status: 502,
    zh: '微信返回了无法识别的内容，请稍后再试',
    en: 'WeChat refused a call',
    remedy: 'Look up the errcode in the table of errcodes',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** The codes of all errors of one kind. */
export type ErrorCodeOf<Kind extends ErrorKind> = {
  [Code in ErrorCode]: (typeof ERROR_CATALOGUE)[Code]['kind'] extends Kind ? Code : never
}[ErrorCode]

/** The entry of a code; undefined for a code that an application made up. */
export function catalogueEntry(code: string): CatalogueEntry | undefined {
  return Object.hasOwn(ERROR_CATALOGUE, code) ? ERROR_CATALOGUE[code as ErrorCode] : undefined
}
