// Runs an app beside the simulator of the installed package: one login, one signature. Prints what it ran on.
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { startSimulator } from 'express-wechat/simulator'

const [path] = process.argv.slice(2)
const simulator = await startSimulator()
Object.assign(process.env, simulator.env)
const { createApp } = await import(path)
const app = await createApp()
const server = app.listen(0, '127.0.0.1')
await new Promise(resolve => server.once('listening', resolve))
const origin = `http://127.0.0.1:${server.address().port}`
const cookies = new Map()

const openid = JSON.parse(await logIn(`${origin}/page`)).openid
if (openid !== simulator.people.list()[0].openid) throw new Error(`the page shows ${openid}`)
const signed = await sign(`${origin}/page`)
if (!/^[0-9a-f]{40}$/.test(signed.signature)) throw new Error(`no signature: ${JSON.stringify(signed)}`)

const names = ['express', 'express-session', 'connect-redis', 'redis']
console.info(
  JSON.stringify({
    node: process.version,
    ...Object.fromEntries(names.map(name => [name, versionOf(name)])),
  }),
)
process.exit(0)

/** Follows all redirects; WeChat's page is passed by a tap. */
async function logIn(page) {
  let url = page
  for (let hop = 0; hop < 10; hop += 1) {
    const { status, headers, text } = await open(url)
    for (const cookie of headers['set-cookie'] ?? []) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)
      cookies.set(name, value)
    }
    if (status === 200) return text
    if (!headers.location) throw new Error(`${new URL(url).pathname} answered ${status}: ${text}`)
    const location = new URL(headers.location, url)
    url = location.origin === simulator.url ? simulator.approve(location) : location.href
  }
  throw new Error('the redirects do not end')
}

/** Not by `fetch`, which sends headers that tell a script from a page. */
async function open(url) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await new Promise((resolve, reject) =>
    get(url, { headers: { accept: 'text/html', cookie } }, resolve).on('error', reject),
  )
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode, headers: response.headers, text }
}

async function sign(url) {
  const answer = await fetch(`${origin}/wechat/offiaccount/jssdk`, {
    method: 'POST',
    body: JSON.stringify({ url }),
  })
  return answer.json()
}

function versionOf(name) {
  try {
    return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version
  } catch {
    return undefined
  }
}
