import { type NetworkType, profiles } from '../../../protocol/bridge.js'
import { chooseProfile } from '../../settings.js'
import { element, icon, icons } from '../dom.js'
import { openSheet } from '../sheet.js'
import type { SheetHost } from '../sheet-host.js'
import { copyText } from '../sheet-host.js'
import { verdictPanel } from '../verdict-panel.js'
import { shareTo } from './share-sheet.js'

interface MenuEntry {
  /** WeChat's name of the entry, by which a page can hide it; absent if a page can't. */
  item?: string
  testId: string
  text: string
  path: string
  run(): void
}

const networks: NetworkType[] = ['wifi', '5g', '4g', '3g', '2g', 'none']

/** Opens the menu that WeChat opens by its three dots. Below its entries are the verdict, the profile and the network. */
export function openMenu(host: SheetHost): void {
  const { texts, state } = host
  const sheet = openSheet(host, { title: texts.simulator, testId: 'menu' })
  const hidden = state.hiddenMenuItems

  const entries = menuEntries(host).filter(({ item }) => !item || !hidden.includes(item))
  const grid = element('div', { class: 'grid' })
  for (const { testId, text, path, run } of hidden.includes('*') ? [] : entries) {
    const tile = element('button', { class: 'entry', testId }, element('b', {}, icon(path)), text)
    tile.addEventListener('click', () => {
      sheet.close()
      run()
    })
    grid.append(tile)
  }

  sheet.body.append(
    hidden.includes('*') ? element('p', { class: 'note', text: texts.menuHidden }) : grid,
    verdictPanel(host),
    choice(
      texts.profile,
      profiles.map(profile => ({ value: profile, text: texts[profile] })),
      state.profile,
      profile => {
        chooseProfile(profile)
        location.reload()
      },
    ),
    choice(
      texts.network,
      networks.map(network => ({
        value: network,
        text: network === 'none' ? texts.none : network.toUpperCase(),
      })),
      state.network,
      network => {
        state.network = network
      },
      texts.networkNote,
    ),
    element(
      'footer',
      {},
      element('button', { testId: 'cancel', text: texts.close, onclick: () => sheet.close() }),
    ),
  )
}

function menuEntries(host: SheetHost): MenuEntry[] {
  const { texts, events } = host
  return [
    {
      item: 'menuItem:share:appMessage',
      testId: 'share-friend',
      text: texts.friend,
      path: icons.chat,
      run: () => shareTo(host, 'menu:share:appmessage', host.state.share.appMessage),
    },
    {
      item: 'menuItem:share:timeline',
      testId: 'share-timeline',
      text: texts.timeline,
      path: icons.moments,
      run: () => shareTo(host, 'menu:share:timeline', host.state.share.timeline),
    },
    {
      item: 'menuItem:favorite',
      testId: 'favorite',
      text: texts.favorite,
      path: icons.star,
      run: () => events.emit('menu:share:appmessage', { scene: 'favorite' }),
    },
    {
      item: 'menuItem:share:qq',
      testId: 'share-qq',
      text: texts.qq,
      path: icons.share,
      run: () => shareTo(host, 'menu:share:qq', host.state.share.appMessage),
    },
    {
      item: 'menuItem:share:QZone',
      testId: 'share-qzone',
      text: texts.qzone,
      path: icons.share,
      run: () => shareTo(host, 'menu:share:QZone', host.state.share.timeline),
    },
    {
      item: 'menuItem:share:weiboApp',
      testId: 'share-weibo',
      text: texts.weibo,
      path: icons.share,
      run: () => events.emit('menu:share:weiboApp'),
    },
    {
      item: 'menuItem:copyUrl',
      testId: 'copy-link',
      text: texts.copyLink,
      path: icons.link,
      run: () => copyText(host, location.href),
    },
    { testId: 'reload', text: texts.reload, path: icons.reload, run: () => location.reload() },
  ]
}

function choice<Value extends string>(
  title: string,
  options: { value: Value; text: string }[],
  current: Value,
  choose: (value: Value) => void,
  note?: string,
): HTMLElement {
  const group = element('div', { class: 'choice', role: 'radiogroup', label: title })
  const buttons = options.map(({ value, text }) => {
    const button = element('button', { role: 'radio', testId: `choose-${value}`, text })
    button.ariaChecked = String(value === current)
    button.addEventListener('click', () => {
      for (const other of buttons) other.ariaChecked = String(other === button)
      choose(value)
    })
    return button
  })
  group.append(...buttons)
  const setting = element('section', { class: 'setting' }, element('h3', { text: title }), group)
  if (note) setting.append(element('p', { class: 'note', text: note }))
  return setting
}
