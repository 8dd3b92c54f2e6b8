import type { Request } from 'express'

export type Language = 'zh' | 'en'

/** Pages are in Chinese, or in English for a browser that asks for English before Chinese. */
export function readLanguage(req: Request): Language {
  return req.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'
}

export const desktopTexts = {
  zh: {
    title: '微信扫码登录',
    scan: '用手机微信「扫一扫」扫描二维码',
    code: '登录二维码，请用手机微信扫描',
    digits: '扫码后，在手机上输入这两位数字',
    caution: '二维码和数字只供你自己的手机使用，不要发给别人。',
    refresh: '刷新二维码',
    proceed: '继续',
    notMe: '不是我',
    needsScript: '请在浏览器中启用 JavaScript，再用微信扫码登录。',
    simulator: '模拟器：把这个链接拖到手机的「扫一扫」里',
    states: {
      waiting: '等待扫码…',
      opened: '已扫码，请在手机上输入数字并确认',
      confirmed: '手机已确认，正在登录…',
      refused: '手机取消了登录，或输错了三次数字',
      expired: '二维码已过期',
      offline: '网络不稳定，正在重试…',
      failed: '登录没有完成，请刷新二维码重试',
      done: '已登录为 {name}，即将打开页面',
    },
  },
  en: {
    title: 'Log in with WeChat',
    scan: 'Open WeChat on your phone and scan this code',
    code: 'Login code, to be scanned by WeChat on your phone',
    digits: 'Then enter these two digits on your phone',
    caution: 'The code and the digits are for your own phone. Do not send them to anybody.',
    refresh: 'Show a new code',
    proceed: 'Continue',
    notMe: 'This is not me',
    needsScript: 'Please allow JavaScript in this browser to log in with WeChat.',
    simulator: 'Simulator: drag this link into the phone’s scanner',
    states: {
      waiting: 'Waiting for your phone…',
      opened: 'Scanned. Enter the digits on your phone, and confirm',
      confirmed: 'Your phone has confirmed. Logging in…',
      refused: 'The login was cancelled on the phone, or the digits were wrong three times',
      expired: 'This code has expired',
      offline: 'The connection is unstable. Trying again…',
      failed: 'The login did not finish. Please try a new code',
      done: 'You are logged in as {name}. The page opens in a moment',
    },
  },
} as const

export const phoneTexts = {
  zh: {
    title: '确认登录',
    heading: '在电脑上登录？',
    site: '网站',
    browser: '浏览器',
    system: '系统',
    account: '登录身份',
    caution: '只有你自己正在电脑上登录时才确认。如果二维码是别人发给你的，请取消。',
    digits: '输入电脑上显示的两位数字',
    confirm: '确认登录',
    refuse: '取消',
    malformed: '请输入电脑上显示的两位数字',
    wrong: (left: number) => `数字不正确，还可以再试 ${left} 次`,
    confirmed: { title: '已确认', text: '请回到电脑上继续。' },
    refused: { title: '已取消', text: '电脑不会登录。' },
    locked: { title: '二维码已失效', text: '数字输错了三次，请在电脑上刷新二维码。' },
    failed: '登录没有完成',
    user: (mark: string) => `微信用户（尾号 ${mark}）`,
  },
  en: {
    title: 'Confirm the login',
    heading: 'Log in on a computer?',
    site: 'Site',
    browser: 'Browser',
    system: 'System',
    account: 'Logging in as',
    caution:
      'Confirm only if you are logging in on a computer yourself. If somebody sent you the code, cancel.',
    digits: 'Enter the two digits that the computer shows',
    confirm: 'Confirm',
    refuse: 'Cancel',
    malformed: 'Please enter the two digits that the computer shows',
    wrong: (left: number) => `The digits are wrong. Attempts left: ${left}`,
    confirmed: { title: 'Confirmed', text: 'Please continue on the computer.' },
    refused: { title: 'Cancelled', text: 'The computer will not be logged in.' },
    locked: {
      title: 'The code has ended',
      text: 'The digits were wrong three times. Please show a new code on the computer.',
    },
    failed: 'The login did not finish',
    user: (mark: string) => `WeChat user (…${mark})`,
  },
} as const
