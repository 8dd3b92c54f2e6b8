import { type RunningSimulator, startSimulator } from 'express-wechat/simulator'
import { onTestFinished } from 'vitest'
import { listen } from '../../../support/listen.ts'

export interface TwoAccounts {
  shop: RunningSimulator
  news: RunningSimulator
  env: Record<string, string>
}

/** Two simulators, each of one account, behind the one address that WeChat has for all accounts. */
export async function startTwoAccounts(): Promise<TwoAccounts> {
  const [shop, news] = await Promise.all([startSimulator(), startSimulator()])
  const wechat = await listen(async (req, res) => {
    const { pathname, search, searchParams } = new URL(req.url ?? '', 'http://wechat')
    const account = searchParams.get('appid') === shop.appId ? shop : news
    const answer = await fetch(account.url + pathname + search)
    res.end(await answer.text())
  })
  onTestFinished(async () => {
    await Promise.all([wechat.close(), shop.close(), news.close()])
  })
  return {
    shop,
    news,
    env: {
      SHOP_APP_ID: shop.appId,
      SHOP_APP_SECRET: shop.appSecret,
      NEWS_APP_ID: news.appId,
      NEWS_APP_SECRET: news.appSecret,
      WECHAT_API_BASE_URL: wechat.origin,
      WECHAT_OPEN_BASE_URL: wechat.origin,
    },
  }
}
