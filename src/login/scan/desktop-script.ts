/**
 * The script of the desktop's page: it asks for the ticket's state, and finishes the login once the phone has
 * confirmed. It is the same for each visitor; addresses and texts are in the page's data attributes.
 */
export const DESKTOP_SCRIPT = `
const main = document.querySelector('main')
const line = document.querySelector('[role="status"]')
const proceed = document.getElementById('proceed')
const notMe = document.getElementById('not-me')
const { statusUrl, finishUrl, logoutUrl, againUrl } = main.dataset
const texts = JSON.parse(main.dataset.texts)
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

function show(state, name = '') {
  main.dataset.state = state
  line.textContent = texts[state].replace('{name}', () => name)
}

async function ask(seen) {
  const response = await fetch(statusUrl + '?seen=' + seen, { cache: 'no-store' })
  if (response.ok) return (await response.json()).status
  // A refusal is final: a new request would get it too.
  if (response.status < 500 && response.status !== 429) return 'failed'
  throw new Error('no answer')
}

async function watch() {
  let seen = 'waiting'
  let failures = 0
  for (;;) {
    const askedAt = Date.now()
    const status = await ask(seen).catch(() => 'offline')
    if (status === 'offline') {
      failures += 1
      // The next request usually succeeds after a single failure, so a single one is not shown.
      if (failures === 2) show(status)
      await pause(Math.min(1000 * 2 ** failures, 15000))
      continue
    }
    failures = 0
    if (main.dataset.state !== status) show(status)
    if (status === 'waiting' || status === 'opened') {
      // If too many browsers wait, the server answers at once, so the script pauses here.
      if (status === seen) await pause(Math.max(0, 2000 - (Date.now() - askedAt)))
      seen = status
    } else {
      if (status === 'confirmed') await finish()
      return
    }
  }
}

async function finish() {
  const response = await fetch(finishUrl, { method: 'POST' }).catch(() => undefined)
  if (!response || !response.ok) return showFailure(response)
  const { url, name } = await response.json()
  const timer = setTimeout(() => location.replace(url), 5000)
  proceed.href = url
  proceed.addEventListener('click', event => {
    event.preventDefault()
    location.replace(url)
  })
  notMe.addEventListener('click', async () => {
    clearTimeout(timer)
    await fetch(logoutUrl, { method: 'POST' }).catch(() => {})
    location.replace(againUrl)
  })
  show('done', name)
  proceed.focus()
}

// The server's msg is Chinese, and can be an app's own reason, so a Chinese page shows it.
async function showFailure(response) {
  const body = response ? await response.json().catch(() => null) : null
  show('failed')
  if (body && body.msg && document.documentElement.lang === 'zh-CN') line.textContent = body.msg
}

// A page that the Back button restores shows a ticket that has ended, so it is loaded again.
addEventListener('pageshow', event => {
  if (event.persisted) location.reload()
})
watch()
`
