import { describe, expect, it } from 'vitest'
import { parseAccount } from '../../../src/wechat-api/account.ts'
import { DEFAULT_VIDEO_HOSTS, parseVideoAddress } from '../../../src/wechat-api/media/video-address.ts'
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

  it('is at one of three hosts of WeChat if the app names no others', () => {
    expect(DEFAULT_VIDEO_HOSTS).toEqual(hosts)
  })

  it.each([
    '',
    'no address',
    'ftp://qq.com/x',
    'file://qq.com/x',
    'javascript:qq.com',
    'http://user@qq.com/x',
  ])('is none if it is %j', text => {
    expect(() => parse(text)).toThrow('The address of the video is none')
  })

  it.each(['https://evil.test/', 'https://qq.com.evil.test/', 'https://evilqq.com/', 'https://qq.co/'])(
    'is not at a host of WeChat if it is %s',
    text => {
      expect(() => parse(text)).toThrow('The address of the video is not at a host of WeChat')
    },
  )

  it.each(['http://user@qq.com/x', 'https://:pw@qq.com/x', 'http://qq.com:8080/x', 'https://qq.com:80/x'])(
    'is not %s',
    text => {
      expect(() => parse(text)).toThrow('The address of the video')
    },
  )

  it('is not the loopback of a simulator for a real account', () => {
    const real = { ...simulated, isSimulated: false }

    const text = `${apiBaseUrl}/video/x.mp4`
    expect(parse(text)).toEqual({ url: new URL(text), lookup: undefined })
    expect(() => parseVideoAddress({ account: real, network }, text, hosts)).toThrow(
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
