import { WechatApiError } from 'express-wechat'
import { describe, expect, it } from 'vitest'

const CODE_EXCHANGE = '/sns/oauth2/access_token'

describe("WeChat's errcodes", () => {
  it.each([
    ['a wrong secret at the token endpoint', '/cgi-bin/stable_token', 40001, 500, '服务器内部错误'],
    ['a dead account token elsewhere', '/cgi-bin/media/get', 40001, 502, undefined],
    ["a person's dead token", '/sns/userinfo', 40001, 401, '请先登录微信'],
    ['a person whom WeChat blocks as a risk', CODE_EXCHANGE, 40226, 403, '该微信账号存在风险，暂时无法登录'],
    ['a person whom WeChat restricts', '/sns/userinfo', 50002, 403, '该微信账号已被限制，暂时无法使用'],
    ['an address that is not whitelisted', '/cgi-bin/user/info', 61004, 500, '服务器内部错误'],
    ['a used login code', CODE_EXCHANGE, 40163, 400, '登录凭证已被使用，请重新登录'],
    ['somebody who does not follow', '/cgi-bin/user/info', 43004, 403, '请先关注公众号'],
    ['a busy WeChat', '/cgi-bin/user/info', -1, 504, '微信系统繁忙，请稍后再试'],
    [
      'an errcode that is not known',
      '/cgi-bin/user/info',
      99999,
      502,
      '微信返回了无法识别的内容，请稍后再试',
    ],
  ])('answers %s', (_case, endpoint, errcode, status, userMessage) => {
    const error = new WechatApiError(endpoint, errcode, 'errmsg')
    expect(error.status).toBe(status)
    if (userMessage) expect(error.userMessage).toBe(userMessage)
  })

  it.each([40125, 40164, 40243, 45009, 45035, 61004, 76021, 89501, 89503, 89506, 89507])(
    'names the page of the console at which %i is mended',
    errcode => {
      const { message } = new WechatApiError('/cgi-bin/stable_token', errcode, 'x')
      expect(message).toMatch(/微信开发者平台 > (?:我的业务 > 公众号\/服务号 > 基础信息 > 开发密钥|接口管理)/)
      expect(message).toContain(`(docs/errors.md#errcode-${errcode})`)
    },
  )

  it('says of a notice that was refused (43101) what has to come before the next one', () => {
    const error = new WechatApiError('/cgi-bin/message/subscribe/bizsend', 43101, 'user refuse')
    expect([error.status, error.userMessage]).toEqual([403, '用户未订阅该通知'])
    expect(error.message).toContain('ask the person to subscribe again')
  })

  it('says the remedy of a known errcode, and where it is documented', () => {
    const { message } = new WechatApiError('/cgi-bin/stable_token', 40164, 'invalid ip')
    expect(message).toMatch(/IP whitelist .* \(docs\/errors\.md#errcode-40164\)$/)
  })

  it('sends an unknown errcode to the general entry', () => {
    expect(new WechatApiError('/cgi-bin/x', 99999, 'x').message).toMatch(
      /\(docs\/errors\.md#wechat_refused\)$/,
    )
  })
})
