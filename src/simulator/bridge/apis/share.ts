import type { Api } from '../bridge.js'
import type { Phone } from '../phone.js'
import { confirmShare } from '../ui/sheets/share-sheet.js'
import { strings } from './config.js'

export function shareApis({ state, screen }: Phone): Record<string, Api> {
  const share =
    (name: string): Api =>
    async content => ({
      err_msg: `${name}:${(await confirmShare(screen, content)) ? 'confirm' : 'cancel'}`,
    })

  return {
    updateAppMessageShareData({ title, desc, link, imgUrl }) {
      state.share.appMessage = { title, desc, link, imgUrl }
      return { err_msg: 'updateAppMessageShareData:ok' }
    },
    updateTimelineShareData({ title, link, imgUrl }) {
      state.share.timeline = { title, link, imgUrl }
      return { err_msg: 'updateTimelineShareData:ok' }
    },

    sendAppMessage: share('send_app_msg'),
    shareTimeline: share('share_timeline'),
    shareQQ: share('share_qq'),
    shareWeiboApp: share('share_weibo'),
    shareQZone: share('share_qzone'),

    // These names are events, which pages do not invoke. They are listed because pages ask `checkJsApi` for them.
    'menu:share:appmessage': () => ({ err_msg: 'system:function_not_exist' }),
    'menu:share:timeline': () => ({ err_msg: 'system:function_not_exist' }),
    'menu:share:qq': () => ({ err_msg: 'system:function_not_exist' }),
    'menu:share:weiboApp': () => ({ err_msg: 'system:function_not_exist' }),
    'menu:share:QZone': () => ({ err_msg: 'system:function_not_exist' }),
    onVoiceRecordEnd: () => ({ err_msg: 'system:function_not_exist' }),
    onVoicePlayEnd: () => ({ err_msg: 'system:function_not_exist' }),
    onBeaconsInRange: () => ({ err_msg: 'system:function_not_exist' }),

    hideOptionMenu() {
      state.hiddenMenuItems = ['*']
      return { err_msg: 'hideOptionMenu:ok' }
    },
    showOptionMenu() {
      state.hiddenMenuItems = []
      return { err_msg: 'showOptionMenu:ok' }
    },
    hideMenuItems({ menuList }) {
      state.hiddenMenuItems = [...new Set([...state.hiddenMenuItems, ...strings(menuList)])]
      return { err_msg: 'hideMenuItems:ok' }
    },
    showMenuItems({ menuList }) {
      const shown = strings(menuList)
      state.hiddenMenuItems = state.hiddenMenuItems.filter(item => !shown.includes(item))
      return { err_msg: 'showMenuItems:ok' }
    },
    hideAllNonBaseMenuItem() {
      state.hiddenMenuItems = [...shareMenuItems]
      return { err_msg: 'hideAllNonBaseMenuItem:ok' }
    },
    showAllNonBaseMenuItem() {
      state.hiddenMenuItems = []
      return { err_msg: 'showAllNonBaseMenuItem:ok' }
    },
  }
}

/** The menu's entries that share or open the page elsewhere. The simulated menu has no others that could be hidden. */
const shareMenuItems = [
  'menuItem:share:appMessage',
  'menuItem:share:timeline',
  'menuItem:favorite',
  'menuItem:share:qq',
  'menuItem:share:QZone',
  'menuItem:share:weiboApp',
  'menuItem:copyUrl',
] as const
