import type { MenuButton } from '../../protocol/messages.js'
import { Refusal } from '../refusal.js'

/** The account's custom menu (自定义菜单). */
export interface Menu {
  /** The buttons of the first level; empty if the account has no menu. */
  readonly buttons: readonly MenuButton[]
  /** Replaces the menu. Throws the platform's errcode if a button is wrong. */
  create(buttons: unknown): void
  remove(): void
  /** Finds a button with this key or address, at both levels. */
  find(key: string): MenuButton | undefined
}

const mostButtons = 3
const mostSubButtons = 5
/** The longest name at the first and at the second level, key, and address, in bytes. */
const limits = { name: 16, subName: 60, key: 128, url: 1_024 }
const keyTypes = [
  'click',
  'scancode_push',
  'scancode_waitmsg',
  'pic_sysphoto',
  'pic_photo_or_album',
  'pic_weixin',
  'location_select',
]

export function createMenu(notify: () => void): Menu {
  let buttons: readonly MenuButton[] = []

  return {
    get buttons() {
      return buttons
    },
    create(given) {
      if (!Array.isArray(given) || given.length < 1 || given.length > mostButtons) throw new Refusal(40016)
      buttons = given.map(readButton)
      notify()
    },
    remove() {
      buttons = []
      notify()
    },
    find: key =>
      buttons
        .flatMap(button => [button, ...(button.sub_button ?? [])])
        .find(button => button.key === key || button.url === key),
  }
}

function readButton(given: unknown): MenuButton {
  const { sub_button: children, name } = Object(given)
  if (!Array.isArray(children) || children.length === 0) return readLeaf(given, limits.name)
  if (children.length > mostSubButtons) throw new Refusal(40023)
  return {
    name: readText(name, limits.name, 40018),
    sub_button: children.map(child => readLeaf(child, limits.subName)),
  }
}

function readLeaf(given: unknown, nameLimit: number): MenuButton {
  const { name, type, key, url, appid, pagepath } = Object(given)
  const button = { name: readText(name, nameLimit, 40018), type: String(type), sub_button: [] }
  if (type === 'view') return { ...button, url: readText(url, limits.url, 40020) }
  if (type === 'miniprogram') {
    const page = typeof pagepath === 'string' ? { pagepath } : {}
    return {
      ...button,
      url: readText(url, limits.url, 40020),
      appid: readText(appid, limits.key, 40013),
      ...page,
    }
  }
  if (keyTypes.includes(type)) return { ...button, key: readText(key, limits.key, 40019) }
  throw new Refusal(40015)
}

function readText(given: unknown, limit: number, errcode: number): string {
  if (typeof given !== 'string' || given === '' || Buffer.byteLength(given) > limit)
    throw new Refusal(errcode)
  return given
}
