import type { TokenStoreUnavailableReason } from '../../../tokens/stores/store-failure.js'
import type { CheckId } from '../check-ids.js'
import type { Advice, CheckState } from '../outcome.js'
import type { CookieRefusal, RefusedCookie } from '../site/cookie-jar.js'
import type { Texts } from './en.js'
import type { RefusalFacts } from './refusal.js'

const PLATFORM = '微信开发者平台 > 我的业务 > 公众号/服务号 > 基础信息'
const WHITELIST = `${PLATFORM} > 开发密钥 > IP 白名单`
const PROXY_REMEDY =
  '反向代理之后请设置 app.set("trust proxy", 1)，并让代理发送 X-Forwarded-Proto 和 X-Forwarded-Host（nginx：proxy_set_header ' +
  'X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host），或者设置 WECHAT_PUBLIC_URL'

const labels: Record<CheckId, string> = {
  settings: '环境变量',
  'app-id': 'AppID',
  'app-secret': 'AppSecret',
  'secret-frozen': 'AppSecret 冻结',
  'ip-whitelist': 'IP 白名单（获取 token）',
  administrator: '管理员确认',
  token: 'access_token',
  'ordinary-call': 'IP 白名单（普通接口）',
  'token-mode': 'token 模式',
  quota: '接口额度',
  ticket: 'jsapi_ticket',
  clock: '系统时间',
  'public-url': '公网地址',
  'redirect-domain': '网页授权域名',
  'verify-file': 'MP_verify 校验文件',
  login: '应用的登录',
  'redirect-uri': 'redirect_uri',
  'proxy-headers': '代理请求头',
  cookies: 'cookie',
  redis: 'Redis',
  'redis-memory': 'Redis 内存策略',
  'redis-persistence': 'Redis 持久化',
  'redis-latency': 'Redis 延迟',
}

const stateWords: Record<CheckState, string> = {
  ok: '正常',
  warning: '注意',
  fault: '故障',
  skipped: '未检查',
}

const cookieRefusals: Record<CookieRefusal, string> = {
  'other-domain': 'Domain 不包含当前主机',
  'secure-over-http': '设了 Secure，而地址是 http',
  'bad-prefix': '__Host- 或 __Secure- 前缀与属性不符',
}

/** The Chinese meaning and remedy of each errcode. */
const errcodes: Readonly<Record<number, readonly [meaning: string, remedy: string]>> = {
  [-1]: ['微信系统繁忙', '稍后再试'],
  40001: ['token 不是最新的，或 AppSecret 不对', '检查 AppSecret，并查找还有哪个程序在为该公众号获取 token'],
  40002: ['grant_type 不对', '确认 WECHAT_API_BASE_URL 指向微信'],
  40013: ['AppID 不对', `核对 WECHAT_APP_ID（${PLATFORM}）`],
  40125: ['AppSecret 不对', `核对 WECHAT_APP_SECRET；重置后旧的立即失效（${PLATFORM} > 开发密钥）`],
  40164: [
    '本服务器的 IP 不在白名单里',
    `把该 IP 加入白名单（${WHITELIST}）；带 token 的调用同样受白名单限制`,
  ],
  40243: ['AppSecret 已被冻结', `请管理员解冻（${PLATFORM} > 开发密钥），解冻 10 分钟后生效`],
  41002: ['没有收到 AppID', '检查 WECHAT_APP_ID'],
  41004: ['没有收到 AppSecret', '检查 WECHAT_APP_SECRET'],
  45009: ['当天的调用额度已用完', '等到明天，或清空额度（微信开发者平台 > 接口管理）'],
  45011: ['每分钟的调用额度已用完', '等一分钟'],
  45035: ['本服务器的 IP 不在白名单里', `把该 IP 加入白名单（${WHITELIST}）`],
  48001: [
    '该公众号没有这个接口的权限',
    '在 微信开发者平台 > 接口管理 查看接口权限；网页授权和用户信息需要已认证的服务号',
  ],
  48004: ['该公众号的这个接口被封禁', '查看微信后台的通知（微信开发者平台 > 接口管理）'],
  50004: ['该公众号被禁止使用 token', '查看微信后台的通知'],
  50007: ['公众号已被冻结', '查看微信后台的通知'],
  61004: ['本服务器的 IP 不在白名单里', `把该 IP 加入白名单（${WHITELIST}）`],
  61024: ['这是第三方平台的 AppID', '请使用公众号的 AppID；第三方平台有自己的 token 接口'],
  89501: [
    '本服务器的 IP 需要管理员确认，确认请求还在等待',
    `请管理员在微信里确认后再试；白名单里的 IP 无需确认（${WHITELIST}）`,
  ],
  89503: [
    '本服务器的 IP 需要管理员确认',
    `微信已向管理员发送消息，请管理员确认后再试；白名单里的 IP 无需确认（${WHITELIST}）`,
  ],
  89506: ['管理员已两次拒绝本服务器的 IP', `24 小时内无法调用；白名单里的 IP 无需确认（${WHITELIST}）`],
  89507: ['管理员拒绝了本服务器的 IP', `1 小时内无法调用；白名单里的 IP 无需确认（${WHITELIST}）`],
}

export const zh: Texts = {
  labels,
  stateWords,
  list: (names: readonly string[]) => names.join('、'),
  line: (label: string, word: string, text: string) => `${label}${word && `（${word}）`}：${text}`,
  reading: '正在检查',
  notChecked: '未检查：',
  remedy: '解决办法：',
  allWell: '检查过的项目一切正常。',
  summary: (faults: number, warnings: number) => `${faults} 处故障，${warnings} 处需要注意。`,
  calls: (count: number) =>
    count === 0 ? '没有调用微信接口。' : `共调用微信接口 ${count} 次，计入当天额度。`,

  refusal({ endpoint, errcode, errmsg, address }: RefusalFacts): Advice {
    const [meaning = errmsg, remedy] = errcodes[errcode] ?? []
    const where = address === undefined ? '' : `要添加的 IP 是 ${address}：`
    return {
      text: `微信拒绝了 ${endpoint}，错误码 ${errcode}：${meaning}${address === undefined ? '' : `（${address}）`}`,
      remedy: remedy === undefined ? `查看微信文档的全局返回码 ${errcode}` : where + remedy,
    }
  },
  refusedBefore: { text: '没有 token，无法得知' },
  tokenSource: { text: 'token 来自 WECHAT_TOKEN_SOURCE_URL，请在那里也运行一次检查' },
  noCredentials: { text: '需要正确的 AppID 和 AppSecret' },

  settings: {
    ok: { text: '环境变量可以读取' },
    wrong: (message: string): Advice => ({ text: message, remedy: '修正上面提到的变量' }),
  },
  appId: {
    ok: (appId: string): Advice => ({ text: appId }),
    missing: {
      text: '没有设置 WECHAT_APP_ID',
      remedy: `把 AppID（${PLATFORM}）写入 WECHAT_APP_ID，或用 --env-file 指定文件`,
    },
    shape: {
      text: 'WECHAT_APP_ID 不像 AppID：应为 wx 加 16 位十六进制数字',
      remedy: `重新复制 AppID（${PLATFORM}），不带空格和引号`,
    },
  },
  appSecret: {
    ok: { text: '微信认可' },
    missing: {
      text: '没有设置 WECHAT_APP_SECRET',
      remedy: `把 AppSecret（${PLATFORM} > 开发密钥）写入 WECHAT_APP_SECRET`,
    },
    shape: {
      text: 'WECHAT_APP_SECRET 不像 AppSecret：应为 32 位十六进制数字',
      remedy: `重新复制 AppSecret（${PLATFORM} > 开发密钥），不带空格和引号`,
    },
  },
  secretFrozen: { ok: { text: '没有被冻结' } },
  ipWhitelist: { ok: { text: '微信接受本服务器获取 token' } },
  administrator: { ok: { text: '无需确认' } },
  token: {
    ok: (minutes: number): Advice => ({
      text: `已取得 token，还有 ${minutes} 分钟有效；正在使用的 token 不受影响`,
    }),
    forced: {
      text: '已通过 /cgi-bin/token 取得新的 token',
      remedy: '之前的 token 还能用五分钟；请重启持有它的程序，或让它重新获取',
    },
    failed: (detail: string): Advice => ({
      text: `没有得到微信的正常响应：${detail}`,
      remedy: '检查本服务器的 DNS、防火墙和代理（WECHAT_PROXY_URL）；设置了 WECHAT_API_BASE_URL 时也检查它',
    }),
  },
  ordinaryCall: {
    refusedBefore: { text: '普通接口被拒绝，无法得知' },
    ok: { text: '微信接受本服务器带 token 的调用' },
    otherAddress: (refusal: string) =>
      `${refusal}。获取 token 时却被接受：本服务器访问微信的出口 IP 不止一个，或白名单刚被修改`,
  },
  tokenMode: {
    stable: { text: 'stable：所有程序拿到同一个 token；只有某个程序使用 force_refresh 才会让它提前失效' },
    legacy: {
      text:
        'legacy：任何程序每调用一次 /cgi-bin/token 都会换掉 token，之前的还能用五分钟。本次检查改用 stable_token，' +
        '微信把两者分开管理，所以没有影响正在使用的 token（--allow-token-refresh 会调用 /cgi-bin/token）',
    },
    legacyAsked: { text: 'legacy：任何程序每调用一次 /cgi-bin/token 都会换掉 token' },
    legacyBeside: (used: number): Advice => ({
      text:
        `legacy 与 stable 混用：本配置使用 stable_token，而今天有程序调用了 ${used} 次 /cgi-bin/token。微信把两种 token ` +
        '分开管理，但每调用一次 /cgi-bin/token，上一次取得的 token 就会失效；误用了另一种 token 的程序会得到 40001',
      remedy:
        '找出那个程序，改用 stable_token，或从本服务获取 token（accessTokenRouter）。如果它本来就该自己获取，' +
        '运行检查时加上 --allow-legacy-software',
    }),
    legacyBusy: (used: number): Advice => ({
      text: `今天 /cgi-bin/token 被调用了 ${used} 次；共用存储的程序一天大约只需 13 次`,
      remedy:
        '每次调用都会让之前的 token 失效：请让所有程序共用一个存储（createRedisTokenStore），或设置 WECHAT_TOKEN_MODE=stable',
    }),
  },
  quota: {
    ok: (lines: string): Advice => ({ text: `今天剩余：${lines}` }),
    low: (lines: string): Advice => ({
      text: `今天的额度剩余不足十分之一：${lines}`,
      remedy: '查看是哪个程序调用得这么频繁（微信开发者平台 > 接口管理）',
    }),
    empty: (lines: string): Advice => ({
      text: `今天的额度已用完：${lines}`,
      remedy: errcodes[45009]?.[1],
    }),
    unknown: (errcode: number): Advice => ({
      text: `微信没有告知额度（${errcode}）`,
      remedy: '在 微信开发者平台 > 接口管理 查看',
    }),
  },
  ticket: { ok: { text: '已取得 ticket，页面可以签名' } },
  clock: {
    ok: (seconds: number): Advice => ({ text: `与微信相差不超过 ${seconds} 秒` }),
    off: (seconds: number): Advice => ({
      text: `本机时间比微信${describeSeconds(seconds)}`,
      remedy:
        '同步系统时间（timedatectl set-ntp true、chronyc makestep、w32tm /resync）。登录由一台服务器开始、另一台完成时，按这些时间十分钟过期',
    }),
    unknown: { text: '没有得到微信的时间' },
  },
  publicUrl: {
    ok: (url: string): Advice => ({ text: url }),
    missing: {
      text: '没有设置 WECHAT_PUBLIC_URL，地址由请求的 Host 头生成',
      remedy: '把 WECHAT_PUBLIC_URL 设为路由的地址，如 https://m.example.com/wechat',
    },
    shape: {
      text: 'WECHAT_PUBLIC_URL 不是路由的地址',
      remedy: '写成 https://m.example.com/wechat，不带查询参数、# 之后的部分和 /auth/code',
    },
    notHttps: {
      text: 'WECHAT_PUBLIC_URL 不是 https',
      remedy: '让网站支持 https，并在 WECHAT_PUBLIC_URL 中写 https://',
    },
    notDomain: {
      text: 'WECHAT_PUBLIC_URL 的主机是 IP 地址，只有测试号可以这样用',
      remedy: '使用已备案的域名',
    },
  },
  redirectDomain: {
    ok: (host: string): Advice => ({ text: `微信的授权页接受 ${host}` }),
    refused: (host: string): Advice => ({
      text: `微信的授权页显示 10003：${host} 不是该公众号的网页授权域名`,
      remedy: `在 mp.weixin.qq.com > 功能设置 > 网页授权域名 填入 ${host}，不带 https:// 和路径`,
    }),
    otherPage: (number: string): Advice => ({
      text: `微信的授权页显示 ${number}`,
      remedy: authorizeRemedies[number] ?? '在网页授权的文档里查找这个错误码',
    }),
    unknown: (host: string): Advice => ({
      text: `微信只在自己的客户端里显示结果。请自行核对：网页授权域名应为 ${host}（mp.weixin.qq.com > 功能设置）`,
    }),
    noPublicUrl: { text: '需要 WECHAT_PUBLIC_URL 或 --url' },
    failed: (host: string, code: string): Advice => ({
      text: `${host} 的授权页没有响应（${code}）`,
      remedy: '设置了 WECHAT_OPEN_BASE_URL 时请检查它，否则检查本服务器的网络',
    }),
  },
  verifyFile: {
    ok: (address: string): Advice => ({ text: `${address} 的内容符合微信的要求` }),
    notNamed: { text: '用 --verify-file MP_verify_….txt 指定文件名' },
    noPublicUrl: { text: '需要 WECHAT_PUBLIC_URL 或 --url' },
    missing: (address: string, status: number): Advice => ({
      text: `${address} 应该是微信的域名校验文件，得到的却是 ${status}`,
      remedy: verifyFileRemedy,
    }),
    wrongText: (address: string): Advice => ({
      text: `${address} 有响应，但不是校验文件的内容，常见的是单页应用的页面`,
      remedy: verifyFileRemedy,
    }),
    failed: (address: string, code: string): Advice => ({
      text: `${address} 没有响应（${code}）`,
      remedy: '检查网站的 DNS、证书和防火墙',
    }),
  },
  login: {
    ok: (address: string): Advice => ({ text: `${address} 会跳转到微信` }),
    noUrl: { text: '需要 --url' },
    failed: (address: string, code: string): Advice => ({
      text: `${address} 没有响应（${code}）`,
      remedy: '确认应用正在运行，并检查网站的 DNS、证书和防火墙',
    }),
    otherStatus: (address: string, status: number): Advice => ({
      text: `${address} 没有跳转到微信，而是返回了 ${status}`,
      remedy: loginRemedies[status] ?? '查看应用的警告（WechatWarning，输出在标准错误）',
    }),
    elsewhere: (address: string, origin: string): Advice => ({
      text: `${address} 跳转到了 ${origin}，那不是微信的授权页`,
      remedy: '用 --login-path 指定登录路径，并检查应用的 WECHAT_OPEN_BASE_URL',
    }),
    otherApp: (appId: string): Advice => ({
      text: `应用登录使用的 AppID 是 ${appId}，与当前环境变量不同`,
      remedy: '让检查读取应用的环境变量（--env-file）',
    }),
  },
  redirectUri: {
    ok: (origin: string): Advice => ({ text: origin }),
    needsLogin: { text: '需要能跳转到微信的登录' },
    notHttps: (origin: string): Advice => ({
      text: `redirect_uri 是 ${origin}，不是 https`,
      remedy: PROXY_REMEDY,
    }),
    otherOrigin: (origin: string, publicOrigin: string): Advice => ({
      text: `redirect_uri 在 ${origin}，而 WECHAT_PUBLIC_URL 在 ${publicOrigin}`,
      remedy: '给应用设置同样的 WECHAT_PUBLIC_URL 并重启',
    }),
  },
  proxyHeaders: {
    ok: { text: '应用知道浏览器访问的地址' },
    lost: (asked: string, seen: string): Advice => ({
      text: `访问的是 ${asked}，应用却以为自己在 ${seen}：X-Forwarded-Proto 或 X-Forwarded-Host 没有到达，或没有被信任`,
      remedy: PROXY_REMEDY,
    }),
  },
  cookies: {
    ok: { text: '登录的 cookie 能带回应用；完整的登录需要在微信里由真人完成' },
    wholeLogin: { text: '完整登录一遍，cookie 都在' },
    noneSet: {
      text: '登录没有设置任何 cookie：中间有环节去掉了 Set-Cookie',
      remedy: '让代理或 CDN 放行 Set-Cookie，登录路径之下不要缓存',
    },
    refused: ({ name, why }: RefusedCookie): Advice => ({
      text: `浏览器不会保存 cookie ${name}：${cookieRefusals[why]}`,
      remedy: '修正 express-session 的 cookie 选项：不要写别的 domain，secure 只用于 https',
    }),
    lost: {
      text: '登录的 cookie 没有带回应用',
      remedy: '让代理放行 Cookie 请求头，并让所有进程使用同一个 WECHAT_APP_SECRET；CDN 不要缓存登录',
    },
    sessionLost: {
      text: '登录完成了，但 session cookie 没有带回来，用户仍是未登录',
      remedy:
        '检查 session cookie 的 domain、path、secure 和 sameSite（"lax"）；所有进程使用同一个 SESSION_SECRET 和同一个存储',
    },
    loginFailed: (status: number): Advice => ({
      text: `从登录到回调之间丢失了 cookie：经模拟器登录，最后得到 ${status}`,
      remedy:
        '微信或代理丢失了登录的 cookie。让登录和回调使用同一个主机（WECHAT_PUBLIC_URL），并查看应用的警告',
    }),
  },
  redis: {
    ok: (version: string): Advice => ({ text: `可以连接，版本 ${version}` }),
    noUrl: { text: '需要 REDIS_URL' },
    noPackage: { text: '没有安装 redis 包', remedy: 'npm install redis' },
    otherForm: { text: 'REDIS_URL 是集群或哨兵；请给出其中一台服务器的地址' },
    shape: { text: 'REDIS_URL 不是 redis:// 或 rediss:// 地址', remedy: '写成 redis://host:6379' },
    failed: (reason: TokenStoreUnavailableReason): Advice => ({
      text: `Redis 出错（${reason}）`,
      remedy: redisRemedies[reason] ?? '查看 Redis 的日志',
    }),
    old: (version: string): Advice => ({
      text: `版本 ${version}；token 存储需要 5 以上`,
      remedy: '升级 Redis',
    }),
    unknown: { text: 'Redis 没有告知' },
    needsConnection: { text: '需要先连上 Redis' },
  },
  redisMemory: {
    ok: (policy: string): Advice => ({ text: `maxmemory-policy ${policy}` }),
    evicts: (policy: string): Advice => ({
      text: `maxmemory-policy 是 ${policy}，内存不足时会清除 session 和 token`,
      remedy: 'CONFIG SET maxmemory-policy noeviction，或让 session 和 token 使用单独的 Redis',
    }),
  },
  redisPersistence: {
    ok: { text: '重启后数据还在' },
    none: {
      text: 'AOF 和 RDB 都没有开启：Redis 一重启，所有人都要重新登录',
      remedy: '希望重启后仍保持登录时：CONFIG SET appendonly yes',
    },
    failing: {
      text: '最近一次写入磁盘失败，Redis 可能拒绝写入（MISCONF）',
      remedy: '检查 Redis 的磁盘和日志',
    },
  },
  redisLatency: {
    ok: (ms: number): Advice => ({ text: `${ms} 毫秒` }),
    slow: (ms: number): Advice => ({
      text: `一次 PING 用了 ${ms} 毫秒；token 存储最多等 300 毫秒`,
      remedy: '让 Redis 离应用近一些，或查找 Redis 的负载来源（SLOWLOG GET）',
    }),
  },
}

function describeSeconds(seconds: number): string {
  const amount = Math.abs(seconds)
  return `${seconds > 0 ? '快' : '慢'} ${amount < 120 ? `${amount} 秒` : `${Math.round(amount / 60)} 分钟`}`
}

const verifyFileRemedy =
  '在网站根目录提供该文件，并放在其他处理函数之前：app.use(domainVerificationHandler({ fileName }))；代理和单页应用不要接管这个路径'

const authorizeRemedies: Readonly<Record<string, string>> = {
  10004: '公众号被封禁：查看 mp.weixin.qq.com 里的通知',
  10005: '网页授权需要已认证的服务号，或测试号',
  10006: '测试号要求用户先关注再登录',
  10009: '稍等，并查看是哪个程序请求得这么频繁',
  10016: '请使用公众号的 AppID，而不是网站应用或小程序的',
}

const loginRemedies: Readonly<Record<number, string>> = {
  400: '应用拒绝了这个地址：检查代理发送的 Host 头；网站是 https 时，--url 也要写 https',
  403: '应用之前有环节拒绝了访问：检查防火墙规则',
  404: '路由挂在别处：用 --login-path /path/auth 指定登录路径',
  500: `多半是 session cookie 设了 secure，而应用认为这次访问是 http：${PROXY_REMEDY}`,
  502: '代理连不上应用：确认应用正在运行',
  503: '登录拿不到 session：把 app.use(session(…)) 挂在 wechatAuthRouter() 之前，并检查 session 存储',
}

const redisRemedies: Partial<Record<TokenStoreUnavailableReason, string>> = {
  authentication: 'Redis 拒绝了用户名或密码，请在 REDIS_URL 中改正（密码要做百分号编码）',
  'no-permission': 'Redis 用户缺少权限：至少要允许 INFO、PING 和 token 存储的命令（ACL SETUSER）',
  connection: '连不上 Redis：检查 REDIS_URL、网络，以及 Redis 是否在运行',
  timeout: 'Redis 没有及时响应：检查它的负载和网络',
  'not-ready': 'Redis 正在加载数据，或失去了主节点；持续如此时检查复制状态',
}
