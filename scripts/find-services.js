// Finds the programs that some suites start (Redis, Chromium, nginx, ffmpeg). As root on Debian it installs those that
// are missing, and asks first if there is a terminal. Otherwise it names what to install, and these suites are skipped
// with a message. With CI=true, a missing program is a failure.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { missingServices, slowServices } from './services.js'

const ci = process.env.CI === 'true'
let missing = missingServices()
// A developer needs only one of the supported browsers. CI tries to install the fastest, and else uses the one it has.
const wanted = ci ? [...missing, ...slowServices()] : missing

if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && (await mayInstall())) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  // Each package is a call of its own, because apt-get installs none of several if it does not know one of them.
  for (const { debianPackage } of wanted) {
    spawnSync('apt-get', ['install', '-y', '-qq', debianPackage], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    })
  }
  missing = missingServices()
}

for (const { name, debianPackage, setting } of missing) {
  console.error(
    `${ci ? 'ERROR' : 'NOTE'}: ${name} was not found: install it (Debian: ${debianPackage}) or name it in ${setting}. ` +
      'The suites that need it are skipped.',
  )
}
if (ci && missing.length > 0) process.exit(1)

async function mayInstall() {
  const packages = wanted.map(service => service.debianPackage).join(' ')
  if (!process.stdin.isTTY) {
    console.info(`installing for the tests: ${packages}`)
    return true
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(
    `The full test run needs ${packages}. Install now with apt-get? [Y/n] `,
  )
  terminal.close()
  return !/^n/i.test(answer.trim())
}
