import type { OnWechatLogin } from 'express-wechat'

declare module 'express-session' {
  interface SessionData {
    nickname: string
  }
}

/** Keeps the person's nickname in the session, so that the page can greet them; none if WeChat doesn't give it. */
export const rememberName: OnWechatLogin = async ({ login, userInfo }) => {
  if (!login.scope.includes('snsapi_userinfo')) return undefined
  const { nickname } = await userInfo().catch(() => ({ nickname: undefined }))
  return nickname ? { session: { nickname: nickname.slice(0, 64) } } : undefined
}
