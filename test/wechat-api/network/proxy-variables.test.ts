import { describe, expect, it } from 'vitest'
import { readProxyVariable } from '../../../src/wechat-api/network/proxy-variables.ts'

const PROXY = 'http://proxy.example:3128'
const proxyOf = (address: string, environment: NodeJS.ProcessEnv) =>
  readProxyVariable(new URL(address), environment)?.text

describe("the proxy's variables", () => {
  it('are read by the scheme of the address, in lower case first', () => {
    const environment = { HTTPS_PROXY: 'upper', https_proxy: 'lower', HTTP_PROXY: 'plain' }
    expect(proxyOf('https://api.weixin.qq.com', environment)).toBe('lower')
    expect(proxyOf('http://10.0.0.1', environment)).toBe('plain')
    expect(proxyOf('https://api.weixin.qq.com', { HTTPS_PROXY: '', HTTP_PROXY: 'plain' })).toBeUndefined()
    expect(readProxyVariable(new URL('https://a.example'), environment)?.name).toBe('https_proxy')
  })

  it.each([
    '*',
    'api.weixin.qq.com',
    '.weixin.qq.com',
    '*.weixin.qq.com',
    'localhost, API.WeiXin.qq.com',
    'api.weixin.qq.com:443',
    'a.example api.weixin.qq.com',
  ])('do not count for api.weixin.qq.com if NO_PROXY is "%s"', NO_PROXY => {
    expect(proxyOf('https://api.weixin.qq.com/x', { HTTPS_PROXY: PROXY, NO_PROXY })).toBeUndefined()
    expect(proxyOf('https://api.weixin.qq.com/x', { HTTPS_PROXY: PROXY, no_proxy: NO_PROXY })).toBeUndefined()
  })

  it.each([
    '',
    'weixin.qq.com',
    'pi.weixin.qq.com',
    'api.weixin.qq.com:80',
    '10.0.0.0/8',
    '[',
    '-',
    '/',
    'a/b',
  ])('count for api.weixin.qq.com if NO_PROXY is "%s"', NO_PROXY => {
    expect(proxyOf('https://api.weixin.qq.com/x', { HTTPS_PROXY: PROXY, NO_PROXY })).toBe(PROXY)
  })

  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.1-10.1.2.9'],
    ['[2001:db8::7]', '2001:db8::/32'],
    ['[2001:db8::7]', '[2001:db8::7]:443'],
  ])('do not count for %s if NO_PROXY is "%s"', (host, NO_PROXY) => {
    expect(proxyOf(`https://${host}/x`, { HTTPS_PROXY: PROXY, NO_PROXY })).toBeUndefined()
  })

  it.each([
    ['10.1.2.3', '11.0.0.0/8'],
    ['10.1.2.3', '10.1.2.4-10.1.2.9'],
    ['[2001:db8::7]', '10.0.0.0/8'],
    ['10.1.2.3', '.2.3'],
  ])('count for %s if NO_PROXY is "%s"', (host, NO_PROXY) => {
    expect(proxyOf(`https://${host}/x`, { HTTPS_PROXY: PROXY, NO_PROXY })).toBe(PROXY)
  })
})
