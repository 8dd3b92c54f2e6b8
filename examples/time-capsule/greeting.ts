import type { OnWechatLogin } from 'express-wechat'

declare module 'express-session' {
  interface SessionData {
    nickname: string
  }
}

/** Keeps the person's name in the session, so that the page greets them. A letter can be written without it. */
export const rememberName: OnWechatLogin = async ({ login, userInfo }) => {
  if (!login.scope.includes('snsapi_userinfo')) return undefined
  const { nickname } = await userInfo().catch(() => ({ nickname: undefined }))
  return nickname ? { session: { nickname: nickname.slice(0, 64) } } : undefined
}
