// A page that WeChat has verified, so that it may scan a code. Without a bundler, the browser loads the package's module.
// Without an account: npm install -D weixin-js-sdk, then npx express-wechat simulator -- node examples/jssdk-page.ts
import { fileURLToPath } from 'node:url'
import express from 'express'
import { createTokenManager, jssdkConfigHandler, jweixinHandler } from 'express-wechat'

const page = `<!doctype html>
<html lang="zh-CN">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>扫一扫</title>
  <button disabled>扫码</button>
  <output></output>
  <script type="module">
    import { configureWechat, wx } from '/express-wechat.js'

    const button = document.querySelector('button')
    const output = document.querySelector('output')
    button.addEventListener('click', async () => {
      const { resultStr } = await wx.scanQRCode({ needResult: 1 })
      output.textContent = resultStr
    })
    try {
      await configureWechat({ jsApiList: ['scanQRCode'] })
      button.disabled = false
    } catch (error) {
      output.textContent = error.message
    }
  </script>
</html>`

const tokenManager = createTokenManager()
const app = express()

app.get('/wechat/jweixin.js', jweixinHandler())
app.post('/wechat/offiaccount/jssdk', jssdkConfigHandler({ tokenManager }))

// pnpm keeps packages in a folder whose name begins with a dot, which Express serves only with `dotfiles: 'allow'`.
const browserModule = fileURLToPath(import.meta.resolve('express-wechat/browser'))
app.get('/express-wechat.js', (_req, res) => res.sendFile(browserModule, { dotfiles: 'allow' }))
app.get('/', (_req, res) => {
  res.type('html').send(page)
})

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Open http://127.0.0.1:${address?.port}/`)
})
