// Finds what some suites start for real (Redis, Chromium, nginx, ffmpeg). As root on Debian it installs what is missing,
// asking first where there is a terminal; elsewhere it names what to install, and those suites are skipped loudly.
// Under CI=true a missing one is a failure.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { missingServices, slowServices } from './services.js'

const ci = process.env.CI === 'true'
let missing = missingServices()
// A developer's own browser will do. CI fetches the faster one, and goes on with the other if it can't have it.
const wanted = ci ? [...missing, ...slowServices()] : missing

if (wanted.length > 0 && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get') && (await mayInstall())) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit', env })
  // One after the other, because apt-get installs none of several packages if it does not know one.
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
