// What the tests start for real, and where each is looked for.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const services = [
  { name: 'Redis', programs: ['redis-server'], debianPackage: 'redis-server', setting: 'REDIS_SERVER' },
  // Debian has it since 13, so that it is not installed by itself, and its suites are skipped where it is missing.
  {
    name: 'Valkey',
    programs: ['valkey-server'],
    debianPackage: 'valkey-server',
    setting: 'VALKEY_SERVER',
    isOptional: true,
  },
  {
    name: 'Chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
    setting: 'CHROMIUM',
  },
  { name: 'nginx', programs: ['nginx'], debianPackage: 'nginx-light', setting: 'NGINX' },
  { name: 'OpenSSL', programs: ['openssl'], debianPackage: 'openssl', setting: 'OPENSSL' },
  { name: 'ffmpeg', programs: ['ffmpeg'], debianPackage: 'ffmpeg', setting: 'FFMPEG' },
]

/** The program's path, or undefined where it is not on this machine. */
export function findService(name) {
  const service = services.find(candidate => candidate.name === name)
  if (!service) throw new Error(`unknown service ${name}`)
  // Debian installs servers into folders that the PATH of ordinary users lacks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  const candidates = [
    process.env[service.setting],
    ...folders.flatMap(folder => service.programs.map(program => join(folder, program))),
  ]
  return candidates.find(path => path && isExecutable(path))
}

export function missingServices() {
  return services.filter(({ name, isOptional }) => !isOptional && findService(name) === undefined)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
