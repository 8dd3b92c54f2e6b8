import { clearToast, h } from './dom.js'
import { capsuleScreen } from './screens/capsule.js'
import { homeScreen } from './screens/home.js'
import { writeScreen } from './screens/write.js'
import { explain, language, t } from './texts.js'

const screen = document.querySelector('#screen')
let shown = 0

document.documentElement.lang = language
document.title = t.title

// The fragment of the address names the screen. It is not a part of the signed URL, so all screens share one signature.
addEventListener('hashchange', () => {
  clearToast()
  show()
})
await show()

async function show() {
  const turn = ++shown
  const [, name, id] = location.hash.split('/')
  document.body.classList.add('loading')
  let content
  try {
    content = await buildScreen(name, id)
  } catch (error) {
    content = failureScreen(error)
  }
  // The person went on to another screen while this one was fetched, so this one is not shown.
  if (turn !== shown) return
  document.body.classList.remove('loading')
  screen?.replaceChildren(content)
  scrollTo(0, 0)
  if (name && screen instanceof HTMLElement) screen.focus({ preventScroll: true })
}

function buildScreen(name, id) {
  if (name === 'write') return writeScreen()
  if (name === 'capsule' && id) return capsuleScreen(id, show)
  return homeScreen(show)
}

function failureScreen(error) {
  if (!error?.status) console.error(error)
  return h(
    'section',
    { className: 'notice' },
    h('div', { className: 'seal broken', 'aria-hidden': 'true' }, '封'),
    h('p', {}, explain(error)),
    h('button', { className: 'primary', onclick: show }, t.retry),
    h('a', { href: '#/', className: 'quiet' }, t.title),
  )
}
