import type { SessionLogin } from './login-session.js'

/** The person who is logged in, as handlers read it. */
export interface WechatLogin {
  /** The person's id for this account. Another account has another id for the same person. */
  openid: string
  /** The person's id for all accounts of one Open Platform account; only with the scope `snsapi_userinfo`. */
  unionid?: string
  /** The scope that WeChat granted; comma-separated if there are several. */
  scope: string
  /** Whether WeChat showed a snapshot page, with a virtual account that differs next time. */
  isSnapshotUser: boolean
  loggedInAt: Date
}

declare global {
  namespace Express {
    interface Request {
      /** The person who is logged in. `requireWechatLogin()` sets it, and only handlers behind it have it. */
      wechat: WechatLogin
    }
  }
}

type LoginFields = Pick<SessionLogin, 'openid' | 'unionid' | 'scope' | 'isSnapshotUser' | 'loggedInAt'>

export function toWechatLogin(login: LoginFields): WechatLogin {
  return {
    openid: login.openid,
    ...(login.unionid !== undefined && { unionid: login.unionid }),
    scope: login.scope,
    isSnapshotUser: login.isSnapshotUser,
    loggedInAt: new Date(login.loggedInAt),
  }
}
