import { describe, expect, it } from 'vitest'
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
})
