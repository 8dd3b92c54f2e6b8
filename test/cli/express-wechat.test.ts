import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeOldNode } from '../../src/cli/node-version.ts'
import { ended, useBuiltCli } from './support.ts'

const cli = useBuiltCli()

describe('express-wechat', () => {
  it.each([['--help'], ['-h'], ['help']])('prints its usage for %s and ends with 0', async argument => {
    const { child, said } = cli.start([argument])
    expect(await ended(child)).toEqual({ code: 0, signal: null })
    expect(said.stdout).toContain('express-wechat simulator [options]')
    expect(said.stderr).toBe('')
  })

  it.each([
    [[], 'a command is missing'],
    [['doktor'], 'there is no command "doktor"'],
    [['--port', '1'], 'there is no command "--port"'],
    [['constructor'], 'there is no command "constructor"'],
  ])('ends with 2 and its usage for %j', async (args, message) => {
    const { child, said } = cli.start(args)
    expect(await ended(child)).toEqual({ code: 2, signal: null })
    expect(said.stderr).toContain(`express-wechat: ${message}`)
    expect(said.stderr).toContain('express-wechat simulator [options]')
    expect(said.stdout).toBe('')
  })

  it('gives a command the arguments after its name', async () => {
    const { child, said } = cli.start(['simulator', '--help'])
    expect((await ended(child)).code).toBe(0)
    expect(said.stdout).toContain('--allow-insecure-host')
  })

  it('names the Node that it needs on an older one, and says no more', async () => {
    const { child, said } = cli.start(['doctor'], { NODE_OPTIONS: `--import=${asNode('20.20.2')}` })
    expect(await ended(child)).toEqual({ code: 2, signal: null })
    expect(said.stderr).toBe(`${describeOldNode('20.20.2')}\n`)
    expect(said.stdout).toBe('')
  })

  it.each(['20.20.2', '22.11.0'])('takes Node %s for too old', version => {
    expect(describeOldNode(version)).toContain(`this is Node ${version}, and Node 22.12 or newer is needed`)
  })

  it.each(['22.12.0', '22.18.1', '24.0.0', '26.1.0'])('runs on Node %s', version => {
    expect(describeOldNode(version)).toBeUndefined()
  })

  it('needs the Node that package.json names', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8'))
    expect(describeOldNode('0.0.0')).toContain(`Node ${engines.node.replace('>=', '')} or newer`)
  })
})

/** A module that makes the process take itself for this version. */
const asNode = (version: string) =>
  `data:text/javascript,${encodeURIComponent(`Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`)}`
