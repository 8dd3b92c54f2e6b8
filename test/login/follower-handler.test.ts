import { afterEach, describe, expect, it } from 'vitest'
import { closeSites, errorBody, openidOf, startSite } from '../support/site.ts'

afterEach(closeSites)

describe('GET /offiaccount/user', () => {
  it('gives what the account knows of a follower', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser, { personId: 'wang-jianguo' })
    const { json } = await browser.open(`${site.base}/offiaccount/user`)
    expect(json).toMatchObject({
      subscribe: 1,
      openid: site.wechat.people.get('wang-jianguo')?.openid,
      subscribe_time: expect.any(Number),
      subscribe_scene: 'ADD_SCENE_SEARCH',
      remark: '老客户',
      tagid_list: [],
    })
  })

  it('is 401 for nobody, without a call to WeChat', async () => {
    const site = await startSite()
    expect((await site.visitor().open(`${site.base}/offiaccount/user`)).json).toEqual(errorBody(401))
    expect(site.wechat.history.entries).toEqual([])
  })

  it('is 403 for one who does not follow, and for an openid that WeChat does not know', async () => {
    const site = await startSite()
    const browser = site.visitor()
    await site.login(browser, { personId: 'chen-siyuan' })
    const answer = await browser.open(`${site.base}/offiaccount/user`)
    expect(answer.json).toEqual({ ...errorBody(403), msg: '请先关注公众号' })
    site.wechat.faults.next('/cgi-bin/user/info', { errcode: 40003 })
    expect((await browser.open(`${site.base}/offiaccount/user`)).json).toEqual(errorBody(403, 40003))
  })

  it('knows a login that a bound account answered with an empty unionid', async () => {
    const site = await startSite()
    const browser = site.visitor()
    site.wechat.faults.next('/sns/oauth2/access_token', {
      json: {
        access_token: 'a',
        refresh_token: 'r',
        expires_in: '7200',
        openid: 'osim_x',
        scope: '',
        unionid: '',
      },
    })
    await site.login(browser)
    expect(await openidOf(site, browser)).toBe('osim_x')
  })
})
