// The simulator against clients that were written for the real platform, years before it.
import { createRequire } from 'node:module'
import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it, vi } from 'vitest'
import { amr, authorizeUrl, codeFor, jpeg, mp4, simulate } from './support.ts'

const require = createRequire(import.meta.url)

interface CoWechatApi {
  prefix: string
  getAccessToken(): Promise<{ accessToken: string }>
  ensureAccessToken(): Promise<{ accessToken: string }>
  getTicket(): Promise<{ ticket: string }>
  getJsConfig(page: { url: string; jsApiList: string[] }): Promise<Record<string, unknown>>
  getUser(openid: string): Promise<Record<string, unknown>>
  uploadMedia(data: Buffer, type: string, filename: string, mime: string): Promise<{ media_id: string }>
  getMedia(mediaId: string): Promise<Buffer | Record<string, unknown>>
  getIp(): Promise<{ ip_list: string[] }>
}

function coWechatApi(simulator: RunningSimulator, secret = simulator.appSecret): CoWechatApi {
  const Api: new (appId: string, secret: string) => CoWechatApi = require('co-wechat-api')
  const api = new Api(simulator.appId, secret)
  api.prefix = `${simulator.url}/cgi-bin/`
  return api
}

describe('co-wechat-api', () => {
  it('gets a token and a ticket, and its signature is accepted', async () => {
    const simulator = await simulate()
    const api = coWechatApi(simulator)
    expect((await api.getTicket()).ticket).toBe(simulator.currentJsapiTicket)
    const url = 'http://localhost:3000/page?a=1'
    const config = await api.getJsConfig({ url, jsApiList: ['chooseImage'] })
    const verdict = await fetch(`${simulator.url}/simulator/page/preverify`, {
      method: 'POST',
      body: JSON.stringify({ ...config, url }),
    })
    expect(await verdict.json()).toMatchObject({ isAccepted: true })
  })

  it('gets user info', async () => {
    const simulator = await simulate()
    const openid = simulator.people.get('lin-xiaoyu')?.openid ?? ''
    expect(await coWechatApi(simulator).getUser(openid)).toMatchObject({ subscribe: 1, openid })
  })

  it('uploads media and gets it back; a video is an address', async () => {
    const simulator = await simulate()
    const api = coWechatApi(simulator)
    const { media_id } = await api.uploadMedia(jpeg, 'image', 'a.jpg', 'image/jpeg')
    expect(await api.getMedia(media_id)).toEqual(jpeg)
    expect(await api.getMedia(simulator.uploadMedia({ type: 'voice', data: amr }))).toEqual(amr)
    const video = await api.getMedia(simulator.uploadMedia({ type: 'video', data: mp4 }))
    expect(video).toMatchObject({ video_url: expect.stringContaining(simulator.url) })
  })

  it('understands what is refused', async () => {
    const simulator = await simulate()
    await expect(coWechatApi(simulator, 'sim_wrong').getAccessToken()).rejects.toMatchObject({ code: 40125 })
    await expect(coWechatApi(simulator).getMedia('unknown')).rejects.toMatchObject({ code: 40007 })
  })

  it('comes over a dead token by itself', async () => {
    const simulator = await simulate()
    const api = coWechatApi(simulator)
    const first = await api.getAccessToken()
    simulator.revokeAccessToken()
    expect((await api.getIp()).ip_list).not.toEqual([])
    expect((await api.ensureAccessToken()).accessToken).not.toBe(first.accessToken)
    expect(simulator.history.count('/cgi-bin/token')).toBe(2)
  })
})

interface Jssdk {
  getAccessToken(): Promise<{ access_token: string }>
  getJsApiTicket(accessToken: string): Promise<{ ticket: string; expires_in: number }>
}

interface OAuth {
  generateOAuthUrl(redirectUrl: string, scope: string, state: string): string
  getAccessToken(code: string): Promise<Record<string, unknown>>
  getUserInfoRemotely(token: Record<string, unknown>): Promise<Record<string, unknown>>
}

function wechatJssdk(simulator: RunningSimulator): { jssdk: Jssdk; oauth: OAuth } {
  const { JSSDK, OAuth, Store } = require('wechat-jssdk')
  const options = {
    appId: simulator.appId,
    appSecret: simulator.appSecret,
    wechatRedirectUrl: 'http://localhost:3000/wechat/auth/code',
    accessTokenUrl: `${simulator.url}/cgi-bin/token`,
    ticketUrl: `${simulator.url}/cgi-bin/ticket/getticket`,
    apiUrl: simulator.url,
    oAuthUrl: `${simulator.url}/connect/oauth2/authorize`,
    // Its default store writes files.
    store: new Store(),
  }
  // It sets a timer for ever, which would keep the process alive.
  const timers = vi.spyOn(globalThis, 'setInterval').mockReturnValue(Object({}))
  const clients = { jssdk: new JSSDK(options), oauth: new OAuth(options) }
  timers.mockRestore()
  return clients
}

describe('wechat-jssdk', () => {
  it('gets a token and a ticket', async () => {
    const simulator = await simulate()
    const { jssdk } = wechatJssdk(simulator)
    const { access_token } = await jssdk.getAccessToken()
    expect(await jssdk.getJsApiTicket(access_token)).toEqual({
      errcode: 0,
      errmsg: 'ok',
      ticket: simulator.currentJsapiTicket,
      expires_in: 7200,
    })
  })

  it('logs somebody in: its address is one that WeChat opens', async () => {
    const simulator = await simulate()
    const { oauth } = wechatJssdk(simulator)
    const url = oauth.generateOAuthUrl('http://localhost:3000/cb', 'snsapi_userinfo', 'abc')
    expect(simulator.checkAuthorizeUrl(url)).toMatchObject({ isAcceptable: true })
    expect(new URL(url).search.split('&')).toHaveLength(
      new URL(authorizeUrl(simulator)).search.split('&').length,
    )
    const token = await oauth.getAccessToken(codeFor(simulator, { personId: 'chen-siyuan' }))
    expect(token).toMatchObject({
      openid: simulator.people.get('chen-siyuan')?.openid,
      scope: 'snsapi_userinfo',
    })
  })
})
