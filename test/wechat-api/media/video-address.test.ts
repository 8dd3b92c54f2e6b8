import { describe, expect, it } from 'vitest'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { parseVideoAddress } from '../../../src/wechat-api/media/video-address.ts'
import { createWechatNetwork } from '../../../src/wechat-api/network/wechat-network.ts'

const hosts = ['weixin.qq.com', 'qpic.cn', 'qq.com']
const apiBaseUrl = 'http://127.0.0.1:9000'
const simulated = parseAccount(
  'test',
  { appId: 'wxsim0000000000000', appSecret: 's'.repeat(32), apiBaseUrl, openBaseUrl: apiBaseUrl },
  {},
)
const network = createWechatNetwork(simulated, { environment: {} })
const parse = (text: string) => parseVideoAddress({ account: simulated, network }, text, hosts)

describe('the address of a video', () => {
  it.each([
    'http://vweixinf.tc.qq.com/1234/abc?vkey=1',
    'https://mp.weixin.qq.com/video',
    'https://mmbiz.qpic.cn/x',
    'http://qq.com:80/x',
    'https://QQ.com/x',
  ])('may be %s, whose name is resolved by the safe lookup', text => {
    expect(parse(text).lookup).toBeDefined()
  })

  it.each(['http://user@qq.com/x', 'https://:pw@qq.com/x', 'http://qq.com:8080/x', 'https://qq.com:80/x'])(
    'is not %s',
    text => {
      expect(() => parse(text)).toThrow('The address of the video')
    },
  )

  it('is not the loopback of a simulator for a real account', () => {
    const real = { ...simulated, isSimulated: false }

    expect(parse(`${apiBaseUrl}/video/x.mp4`).lookup).toBeUndefined()
    expect(() => parseVideoAddress({ account: real, network }, `${apiBaseUrl}/video/x.mp4`, hosts)).toThrow(
      'is not at a host of WeChat',
    )
  })

  describe('through a proxy', () => {
    const environment = { HTTPS_PROXY: 'http://proxy.example:3128', HTTP_PROXY: 'http://proxy.example:3128' }
    const proxied = createWechatNetwork(simulated, { environment })
    const parseProxied = (text: string, allowed = hosts) =>
      parseVideoAddress({ account: simulated, network: proxied }, text, allowed)

    it('is https at a listed name, which the proxy resolves', () => {
      expect(parseProxied('https://vweixinf.tc.qq.com/1234/abc').lookup).toBeUndefined()
    })

    it.each(['http://vweixinf.tc.qq.com/1234/abc', 'https://qq.com:8443/x', 'https://other.example/x'])(
      'is not %s',
      text => {
        expect(() => parseProxied(text)).toThrow('The address of the video')
      },
    )

    it.each(['https://192.0.2.7/x', 'https://[2001:db8::7]/x'])('is not %s, even if it is listed', text => {
      const { hostname } = new URL(text)
      expect(() => parseProxied(text, [hostname])).toThrow('is not https at a name')
    })
  })
})
