import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const PEERS = ['wechat-jssdk', 'co-wechat-api', 'co-wechat-oauth', 'passport-wechat', 'node-easywechat']

const readManifest = (name: string) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))

/** The peers whose published code holds a text. */
function findPeersWith(text: RegExp): string[] {
  return PEERS.filter(name =>
    readdirSync(`node_modules/${name}`, { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.js') && !/(^|\/)(node_modules|test)\//.test(path))
      .some(path => text.test(readFileSync(join('node_modules', name, path), 'utf8'))),
  )
}

describe('the comparison with other packages', () => {
  it.each(['README.md', 'README.zh-CN.md'])('of %s names the versions that are installed', document => {
    const text = readFileSync(document, 'utf8')
    const named = PEERS.map(name => new RegExp(`\`${name}\` (\\d[\\d.]*\\d)`).exec(text)?.[1])
    expect(named).toEqual(PEERS.map(name => readManifest(name).version))
  })

  it('is right about who asks for stable tokens', () => {
    expect(findPeersWith(/stable_token/)).toEqual(['node-easywechat'])
  })

  it('is right about who replaces a token that WeChat refused', () => {
    expect(findPeersWith(/err\w*\.code === 4[02]001/)).toEqual(['co-wechat-api'])
  })

  it('is right about who knows snapshot-page users', () => {
    expect(findPeersWith(/is_snapshotuser/)).toEqual([])
  })

  it('is right about who knows mini programs', () => {
    const knows = findPeersWith(/jscode2session/)
    expect(knows).toEqual(['wechat-jssdk', 'co-wechat-api', 'node-easywechat'])
    const [row = ''] = readFileSync('README.md', 'utf8').match(/^\| payment, mini programs.*$/m) ?? []
    const columns = ['wechat-jssdk', 'co-wechat-api', 'passport-wechat', 'node-easywechat']
    const cells = row.split(' | ').slice(2)
    expect(columns.filter((_, index) => /mini|yes/.test(cells[index] ?? ''))).toEqual(knows)
  })

  it('is right about who declares types', () => {
    const declares = (name: string) =>
      readdirSync(`node_modules/${name}`, { recursive: true, encoding: 'utf8' }).some(
        path => path.endsWith('.d.ts') && !path.includes('node_modules/'),
      )
    expect(PEERS.filter(declares)).toEqual(['node-easywechat'])
  })
})
