import type { AuthorizeRequest } from '../platform/login/authorization.js'
import type { Person } from '../platform/people.js'
import { html } from './html.js'
import type { Language, Page } from './page.js'
import { personChoices } from './person-choices.js'

const words = {
  zh: {
    title: '微信登录',
    base: '应用正在静默获取你的 openid（snsapi_base）。在真实的微信里不会出现这个页面；请选择你是谁。',
    userinfo: '应用申请获取你的昵称、头像（snsapi_userinfo）。',
    returnsTo: '授权后返回',
    allow: '允许',
    refuse: '拒绝',
    continue: '继续',
    more: '开发选项',
    snapshot: '以快照页虚拟账号进入（is_snapshotuser）',
    twice: '回调打开两次（同一个 code）',
    noFragment: '链接缺少 #wechat_redirect，真实的微信不会打开它。',
    closed: '已拒绝',
    closedText: '微信会在这里关闭页面，不会回调应用。',
    again: '重新选择',
    outside: '请在微信客户端打开链接',
    errorTitle: '微信登录失败',
    errorCode: '错误码',
    returning: '正在返回应用…',
  },
  en: {
    title: 'WeChat login',
    base: 'The app asks for your openid without a dialog (snsapi_base). Real WeChat shows nothing here; say who you are.',
    userinfo: 'The app asks for your nickname and avatar (snsapi_userinfo).',
    returnsTo: 'Returns to',
    allow: 'Allow',
    refuse: 'Refuse',
    continue: 'Continue',
    more: 'For developers',
    snapshot: 'Enter as the virtual user of a snapshot page (is_snapshotuser)',
    twice: 'Open the callback twice (same code)',
    noFragment: 'The link lacks #wechat_redirect; real WeChat would not open it.',
    closed: 'Refused',
    closedText: 'WeChat closes the page here and does not call the app back.',
    again: 'Choose again',
    outside: 'Please open this link in WeChat',
    errorTitle: 'WeChat login failed',
    errorCode: 'Error code',
    returning: 'Returning to the app…',
  },
} as const

/** The page that asks which person logs in and, for the profile, whether the person agrees. */
export function authorizePage(
  language: Language,
  {
    request,
    people,
    chosen,
  }: { request: AuthorizeRequest; people: readonly Person[]; chosen: Person | undefined },
): Page {
  const text = words[language]
  const warnings = language === 'zh' ? request.warningsZh : request.warnings
  const choices =
    request.scope === 'snsapi_base'
      ? html`<button class="allow" name="decision" value="allow">${text.continue}</button>`
      : html`<button class="allow" name="decision" value="allow">${text.allow}</button>
<button name="decision" value="refuse">${text.refuse}</button>`

  return {
    language,
    title: text.title,
    body: html`<h1>${text.title}</h1>
<p>${request.scope === 'snsapi_base' ? text.base : text.userinfo}</p>
<p class="quiet">${text.returnsTo} <code>${request.redirectUri}</code></p>
${warnings.map(warning => html`<p class="warning">${warning}</p>`)}
<p class="warning" id="no-fragment" hidden>${text.noFragment}</p>
<form method="post">
${personChoices(language, { people, chosen, avatarBase: '../../' })}
<details><summary>${text.more}</summary>
${request.scope === 'snsapi_base' ? '' : html`<p><label><input type="checkbox" name="snapshot"> ${text.snapshot}</label></p>`}
<p><label><input type="checkbox" name="twice"> ${text.twice}</label></p>
</details>
<div class="choices">${choices}</div>
</form>`,
    // A script in the page checks for `#wechat_redirect`, because no fragment reaches the server.
    script: `document.getElementById('no-fragment').hidden = location.hash === '#wechat_redirect'`,
  }
}

/**
 * The page after a refusal, when WeChat closes its page without a callback to the app. The simulator's phone can't close
 * a page, so this one has a link to the question at `authorizeUrl` again.
 */
export function closedPage(language: Language, authorizeUrl: string): Page {
  const text = words[language]
  return {
    language,
    title: text.closed,
    body: html`<h1>${text.closed}</h1><p>${text.closedText}</p>
<p><a href="${authorizeUrl}#wechat_redirect">${text.again}</a></p>`,
  }
}

export function outsidePage(language: Language): Page {
  const text = words[language]
  return { language, title: text.outside, body: html`<h1>${text.outside}</h1>` }
}

/** A login that ends on an error page of WeChat. WeChat shows the number alone; the reasons are for the developer. */
export interface AuthorizeFailure {
  errorPage: number | undefined
  reason: string
  reasonZh?: string
}

export function errorPage(language: Language, { errorPage, reason, reasonZh }: AuthorizeFailure): Page {
  const text = words[language]
  const number = errorPage === undefined ? '' : html`<p>${text.errorCode}: <strong>${errorPage}</strong></p>`
  const isChinese = language === 'zh' && reasonZh !== undefined
  const why = isChinese
    ? html`<p class="quiet">${reasonZh}</p>`
    : html`<p class="quiet" lang="en">${reason}</p>`
  return {
    language,
    title: text.errorTitle,
    body: html`<h1>${text.errorTitle}</h1>${number}${why}`,
  }
}

/** The page that opens the callback twice at the same moment, as some clients do: by a `fetch`, and by a navigation. */
export function doubleCallbackPage(language: Language, first: string, second: string): Page {
  const text = words[language]
  return {
    language,
    title: text.title,
    body: html`<p>${text.returning}</p>`,
    script: `fetch(${asScriptText(first)}, { mode: 'no-cors', credentials: 'include', keepalive: true }).catch(() => {})
location.replace(${asScriptText(second)})`,
  }
}

function asScriptText(value: string): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c')
}
