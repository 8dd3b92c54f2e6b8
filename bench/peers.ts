// The peers: packages with which the bench compares this one. They are installed into a temporary folder, so they are
// not among this package's dependencies.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PACKAGES = ['wechat-jssdk@5.1.0', 'co-wechat-oauth@2.0.1', 'passport-wechat@2.0.4', 'passport@0.7.0']
const folder = join(tmpdir(), 'express-wechat-bench-peers')
const projectConfig = join(import.meta.dirname, '..', '.npmrc')

/** Installs the peers, unless an earlier run has done it. Their install scripts do not run. */
export function installPeers(): void {
  const isInstalled = PACKAGES.every(name =>
    existsSync(join(folder, 'node_modules', name.split('@')[0] ?? '')),
  )
  if (isInstalled) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  const options = ['--ignore-scripts', '--userconfig', projectConfig]
  execFileSync('npm', ['install', ...options, ...PACKAGES], { cwd: folder, stdio: ['ignore', 2, 2] })
}

/** Loads a peer from that folder. `Peer` is the caller's type for the exports that it uses, and is not checked. */
export function loadPeer<Peer>(name: string): Peer {
  return createRequire(join(folder, 'package.json'))(name) as Peer
}
