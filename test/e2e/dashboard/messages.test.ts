import express from 'express'
import { createTokenManager, messageHandler, reply, sendCustomerMessage } from 'express-wechat'
import { startSimulator } from 'express-wechat/simulator'
import { describe, expect, it, onTestFinished } from 'vitest'
import { executablePath, useBrowser } from '../../support/chromium.ts'
import { listen } from '../../support/listen.ts'
import { openStrictPage, openTab } from '../support/dashboard.ts'

const TOKEN = 'tokenOfTheTests'
const AES_KEY = `${'k'.repeat(42)}A`

/** An app that answers at once, breaks at「坏」, and answers「慢」when it has thought, by a customer-service message. */
async function startBot() {
  const wechat = await startSimulator()
  const tokenManager = createTokenManager({
    appId: wechat.appId,
    appSecret: wechat.appSecret,
    apiBaseUrl: wechat.url,
    openBaseUrl: wechat.url,
  })
  let isBroken = false
  const app = express()
  app.post('/wechat/push', (_req, res, next) => {
    if (isBroken) res.send('<p>oops</p>')
    else next()
  })
  const slow: (() => Promise<void>)[] = []
  app.all(
    '/wechat/push',
    messageHandler({
      tokenManager,
      token: TOKEN,
      encodingAesKey: AES_KEY,
      on: {
        text({ content, openid }) {
          if (content !== '慢') return reply.text(`收到：${content}`)
          slow.push(() => sendCustomerMessage(tokenManager, { openid, reply: reply.text('我想好了') }))
          return undefined
        },
        image: ({ mediaId }) => reply.image(mediaId),
        location: ({ label }) => reply.text(`你在${label}`),
        'event.subscribe': () => reply.text('欢迎关注！'),
        'event.SCAN': ({ sceneKey }) => reply.text(`你扫的是 ${sceneKey}`),
        'event.CLICK': ({ eventKey }) => reply.text(`菜单 ${eventKey}`),
      },
    }),
  )
  const { origin, close } = await listen(app)
  onTestFinished(async () => {
    await tokenManager.close()
    await close()
    await wechat.close()
  })
  const { url: sceneCode } = await tokenManager.request('/cgi-bin/qrcode/create', {
    json: { action_name: 'QR_STR_SCENE', action_info: { scene: { scene_str: 'desk-8' } } },
  })
  await tokenManager.request('/cgi-bin/menu/create', {
    json: { button: [{ type: 'click', name: '帮助', key: 'help' }] },
  })
  return {
    wechat,
    url: `${origin}/wechat/push`,
    sceneCode: String(sceneCode),
    /** How many answers the bot still owes. */
    owedAnswers: () => slow.length,
    think: () => Promise.all(slow.map(answer => answer())),
    break: () => {
      isBroken = true
    },
  }
}

describe.skipIf(!executablePath)('the messages', () => {
  const chromium = useBrowser()

  it('are a whole conversation, by keyboard and pointer, in both languages', async () => {
    const bot = await startBot()
    const page = await openStrictPage(chromium.browser)
    await page.goto(bot.wechat.url)
    // The phone's own tools lead to the conversation, and it says what the app needs for it.
    await page.getByRole('button', { name: '和公众号对话' }).click()
    await page.getByText('messageHandler()').waitFor()

    await page.getByLabel('URL', { exact: true }).fill(bot.url)
    await page.getByLabel('Token', { exact: true }).fill(TOKEN)
    await page.getByLabel('EncodingAESKey').fill(AES_KEY)
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('URL 检查通过').waitFor()

    const last = page.locator('.chat-line').last()
    const see = (text: string) => last.getByText(text, { exact: false }).waitFor()
    const write = async (text: string) => {
      await page.getByLabel('发消息').fill(text)
      await page.keyboard.press('Enter')
    }
    await write('你好')
    await see('收到：你好')
    await page.getByRole('button', { name: '位置' }).click()
    await see('你在上海市黄浦区外滩')
    await page.getByRole('button', { name: '图片' }).click()
    await expect.poll(() => page.locator('.chat-line img').count()).toBe(2)
    await page.getByRole('button', { name: '帮助' }).click()
    await see('菜单 help')

    await page.getByRole('button', { name: '取消关注' }).click()
    await see('取消了关注')
    expect(await page.getByLabel('发消息').isDisabled()).toBe(true)
    await page.getByRole('button', { name: '关注', exact: true }).click()
    await see('欢迎关注！')
    await page.getByLabel('带参数二维码').fill('desk-7')
    await page.keyboard.press('Enter')
    await see('你扫的是 desk-7')
    await page.getByRole('button', { name: '扫一扫' }).click()
    await page.getByLabel('二维码中的地址').fill(bot.sceneCode)
    await page.keyboard.press('Enter')
    await see('你扫的是 desk-8')

    await write('慢')
    await expect.poll(bot.owedAnswers).toBe(1)
    await expect.poll(() => bot.wechat.chat('lin-xiaoyu').at(-1)?.isPending).toBe(undefined)
    await bot.think()
    await see('我想好了')
    await see('客服消息')

    bot.break()
    await write('坏')
    await see('该公众号提供的服务出现故障，请稍后再试')
    await see('给开发者：the answer is not "success"')

    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 844 })
      const { scrollWidth, clientWidth } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement
        return { scrollWidth, clientWidth }
      })
      expect(scrollWidth).toBeLessThanOrEqual(clientWidth)
    }

    const english = await openStrictPage(chromium.browser, { locale: 'en-GB' })
    await english.goto(bot.wechat.url)
    await openTab(english, 'messages')
    await english.getByText('For the developer:').waitFor()
    await english.getByRole('button', { name: 'Unfollow' }).waitFor()
  })
})
