// The programs that the tests start, and the places in which each is searched.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const services = [
  { name: 'Redis', programs: ['redis-server'], debianPackage: 'redis-server', setting: 'REDIS_SERVER' },
  // Valkey is optional, because Debian has it only since version 13: its suites are skipped if it is missing.
  {
    name: 'Valkey',
    programs: ['valkey-server'],
    debianPackage: 'valkey-server',
    setting: 'VALKEY_SERVER',
    isOptional: true,
  },
  {
    name: 'Chromium',
    // The headless shell is Chromium without its window, and opens a page in about a third of the time.
    programs: [
      'chromium-headless-shell',
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
    ],
    debianPackage: 'chromium-headless-shell',
    setting: 'CHROMIUM',
  },
  { name: 'nginx', programs: ['nginx'], debianPackage: 'nginx-light', setting: 'NGINX' },
  // Caddy is optional, because only one suite uses it.
  { name: 'Caddy', programs: ['caddy'], debianPackage: 'caddy', setting: 'CADDY', isOptional: true },
  { name: 'OpenSSL', programs: ['openssl'], debianPackage: 'openssl', setting: 'OPENSSL' },
  { name: 'ffmpeg', programs: ['ffmpeg'], debianPackage: 'ffmpeg', setting: 'FFMPEG' },
]

/** The path of the program; undefined if this machine does not have it. */
export function findService(name) {
  const service = services.find(candidate => candidate.name === name)
  if (!service) throw new Error(`unknown service ${name}`)
  // Debian installs servers into folders that the PATH of ordinary users lacks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const candidates = [
    process.env[service.setting],
    // The programs are tried in their order, because the tests are fastest with the first one.
    ...service.programs.flatMap(program => folders.map(folder => join(folder, program))),
  ]
  return candidates.find(path => path && isExecutable(path))
}

export function missingServices() {
  return services.filter(({ name, isOptional }) => !isOptional && findService(name) === undefined)
}

/** The services of which this machine has another program than the fastest, such as Chromium with its window. */
export function slowServices() {
  return services.filter(({ name, programs, setting }) => {
    const path = findService(name)
    return path !== undefined && path !== process.env[setting] && !path.endsWith(`/${programs[0]}`)
  })
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
