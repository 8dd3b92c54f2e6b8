import type { RunningSimulator } from 'express-wechat/simulator'
import { describe, expect, it } from 'vitest'
import { accessToken, call, simulate } from '../../support.ts'

async function info(simulator: RunningSimulator, openid: string) {
  return call(simulator, '/cgi-bin/user/info', {
    access_token: await accessToken(simulator),
    openid,
    lang: 'zh_CN',
  })
}

describe('user/info', () => {
  it('tells of a follower what the account knows, and neither name nor face', async () => {
    const simulator = await simulate()
    const openid = simulator.people.get('lin-xiaoyu')?.openid ?? ''
    expect((await info(simulator, openid)).body).toEqual({
      subscribe: 1,
      openid,
      language: 'zh_CN',
      subscribe_time: simulator.now() / 1000 - 86_400,
      remark: '',
      groupid: 0,
      tagid_list: [2, 104],
      subscribe_scene: 'ADD_SCENE_QR_CODE',
      qr_scene: 0,
      qr_scene_str: '',
    })
  })

  it('says subscribe 0 of everybody else', async () => {
    const simulator = await simulate()
    const openid = simulator.people.get('chen-siyuan')?.openid ?? ''
    expect((await info(simulator, openid)).body).toEqual({ subscribe: 0, openid, tagid_list: [] })
  })

  it('adds the unionid where the account is bound', async () => {
    const simulator = await simulate({ boundToOpenPlatform: true })
    const stranger = simulator.people.get('chen-siyuan')
    expect((await info(simulator, stranger?.openid ?? '')).body.unionid).toBe(stranger?.unionid)
    simulator.configure({ unionidForNonFollowers: false })
    expect((await info(simulator, stranger?.openid ?? '')).body).not.toHaveProperty('unionid')
    const follower = simulator.people.get('lin-xiaoyu')
    expect((await info(simulator, follower?.openid ?? '')).body.unionid).toBe(follower?.unionid)
  })

  it('refuses an openid that is missing or of another account', async () => {
    const simulator = await simulate()
    expect((await info(simulator, '')).body.errcode).toBe(41009)
    expect((await info(simulator, 'oReal')).body.errmsg).toMatch(/^invalid openid rid: /)
  })
})

describe('people', () => {
  it('are some followers and some not, under ids that cannot be real', async () => {
    const people = (await simulate()).people.list()
    expect(people.some(person => person.isFollower) && people.some(person => !person.isFollower)).toBe(true)
    for (const { openid } of people) expect(openid).toMatch(/^osim_/)
  })

  it('keep their openid when the simulator starts again with the same app id', async () => {
    const [first, second, other] = await Promise.all([
      simulate({ appId: 'wxsim1' }),
      simulate({ appId: 'wxsim1' }),
      simulate({ appId: 'wxsim2' }),
    ])
    const openidIn = (simulator: RunningSimulator) => simulator.people.get('lin-xiaoyu')?.openid
    expect(openidIn(second)).toBe(openidIn(first))
    expect(openidIn(other)).not.toBe(openidIn(first))
  })

  it('can be added', async () => {
    const { people } = await simulate()
    const added = people.add({ nickname: '新人', isFollower: true })
    expect(people.get(added.id)).toBe(added)
    expect(people.byOpenid(added.openid)).toBe(added)
    expect(() => people.add({ id: added.id })).toThrow(/already/)
    expect(() => people.add({ id: 'a b' })).toThrow(/"id"/)
    expect(() => people.add({ openid: 'oReal' })).toThrow(/osim_/)
  })
})
