import { api } from '../api.js'
import { h, icon } from '../dom.js'
import { behindTheScenes } from '../parts/behind.js'
import { contents, envelope } from '../parts/envelope.js'
import { timeTravelBar } from '../parts/time-travel.js'
import { formatDay, t } from '../texts.js'
import { startScreen } from './start.js'

/**
 * Builds the list of a person's capsules; without a login, the start screen.
 *
 * @param {() => void} again shows the screen anew
 */
export async function homeScreen(again) {
  const me = await api.me()
  if (me.openid === null) return startScreen()
  const { today, capsules } = await api.capsules()
  const inState = state => capsules.filter(capsule => capsule.state === state)
  const waiting = inState('sealed').sort((a, b) => a.daysLeft - b.daysLeft)

  return h(
    'div',
    { className: 'home' },
    h(
      'header',
      { className: 'hero' },
      h('div', { className: 'seal', 'aria-hidden': 'true' }, '封'),
      h('h1', {}, t.title),
      h('p', {}, me.nickname === null ? t.tagline : t.greeting(me.nickname)),
    ),
    me.simulatorUrl && timeTravelBar({ today, next: waiting[0], again }),
    capsules.length === 0 && emptyState(),
    shelf(t.ready, inState('ready'), () => t.readyText),
    shelf(t.sealed, waiting, ({ daysLeft }) => t.daysLeft(daysLeft)),
    shelf(t.opened, inState('opened'), ({ openedOn }) => t.openedOn(formatDay(openedOn))),
    behindTheScenes(me),
    h(
      'footer',
      { className: 'action-bar' },
      h('a', { className: 'primary', href: '#/write' }, icon('pen'), t.write),
    ),
  )
}

function shelf(title, capsules, note) {
  if (capsules.length === 0) return null
  return h(
    'section',
    { className: 'shelf' },
    h('h2', {}, title, h('span', { className: 'count' }, String(capsules.length))),
    h('ul', {}, ...capsules.map(capsule => h('li', {}, card(capsule, note(capsule))))),
  )
}

function card(capsule, note) {
  const { id, state, opensOn, letter } = capsule
  return h(
    'a',
    { className: `card ${state}`, href: `#/capsule/${id}` },
    envelope(state),
    h(
      'span',
      { className: 'card-text' },
      h('strong', { dir: 'auto' }, state === 'opened' ? letter.slice(0, 60) : t.opensOn(formatDay(opensOn))),
      h('span', { className: 'quiet' }, note),
      h('span', { className: 'contents quiet' }, ...contents(capsule)),
    ),
  )
}

function emptyState() {
  return h(
    'section',
    { className: 'empty' },
    envelope('empty'),
    h('h2', {}, t.emptyTitle),
    h('p', {}, t.emptyText),
  )
}
