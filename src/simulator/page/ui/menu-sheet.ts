import type { NetworkType, Profile } from '../protocol.js'
import { chooseProfile } from '../settings.js'
import { copyText } from './clipboard.js'
import { element, icon, icons } from './dom.js'
import type { Screen } from './screen.js'
import { shareTo } from './share-sheet.js'
import { openSheet } from './sheet.js'
import { verdictPanel } from './verdict-panel.js'

interface MenuEntry {
  /** WeChat's name for it, by which a page can hide it. */
  item?: string
  testId: string
  text: string
  path: string
  run(): void
}

const profiles: Profile[] = ['android', 'ios', 'desktop']
const networks: NetworkType[] = ['wifi', '5g', '4g', '3g', '2g', 'none']

/** The menu behind the three dots at the top of a page in WeChat, with what only a developer needs below it. */
export function openMenu(screen: Screen): void {
  const { texts, state } = screen
  const sheet = openSheet(screen, { title: texts.simulator, testId: 'menu' })
  const hidden = state.hiddenMenuItems

  const entries = menuEntries(screen).filter(({ item }) => !item || !hidden.includes(item))
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
    verdictPanel(screen),
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
    ),
    element(
      'footer',
      {},
      element('button', { testId: 'cancel', text: texts.close, onclick: () => sheet.close() }),
    ),
  )
}

function menuEntries(screen: Screen): MenuEntry[] {
  const { texts, events } = screen
  return [
    {
      item: 'menuItem:share:appMessage',
      testId: 'share-friend',
      text: texts.friend,
      path: icons.chat,
      run: () => shareTo(screen, 'menu:share:appmessage', screen.state.share.appMessage),
    },
    {
      item: 'menuItem:share:timeline',
      testId: 'share-timeline',
      text: texts.timeline,
      path: icons.moments,
      run: () => shareTo(screen, 'menu:share:timeline', screen.state.share.timeline),
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
      run: () => shareTo(screen, 'menu:share:qq', screen.state.share.appMessage),
    },
    {
      item: 'menuItem:share:QZone',
      testId: 'share-qzone',
      text: texts.qzone,
      path: icons.share,
      run: () => shareTo(screen, 'menu:share:QZone', screen.state.share.timeline),
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
      run: () => copyText(screen, location.href),
    },
    { testId: 'reload', text: texts.reload, path: icons.reload, run: () => location.reload() },
  ]
}

function choice<Value extends string>(
  title: string,
  options: { value: Value; text: string }[],
  current: Value,
  choose: (value: Value) => void,
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
  return element('section', { class: 'setting' }, element('h3', { text: title }), group)
}
