// Answers what people send to the account: enter the printed URL in WeChat's console, with the same Token and key.
import express from 'express'
import { createTokenManager, messageHandler, reply } from 'express-wechat'

// WECHAT_PUSH_TOKEN and WECHAT_PUSH_AES_KEY are read from the environment, too.
const { PORT = '3000' } = process.env
const tokenManager = createTokenManager()
const app = express()

app.all(
  '/wechat/push',
  messageHandler({
    tokenManager,
    on: {
      text: ({ content }) => reply.text(`你说的是：${content}`),
      // Sends the same picture back.
      image: ({ mediaId }) => reply.image(mediaId),
      location: ({ label, latitude, longitude }) => reply.text(`${label}（${latitude}, ${longitude}）`),

      'event.subscribe': ({ sceneKey }) =>
        reply.text(sceneKey === undefined ? '欢迎关注！' : `欢迎关注！你扫的是 ${sceneKey}`),
      'event.SCAN': ({ sceneKey }) => reply.text(`你扫的是 ${sceneKey}`),
      'event.CLICK': ({ eventKey }) =>
        reply.news({
          title: `菜单 ${eventKey}`,
          description: '点开看详情',
          url: 'https://m.example.com/menu',
        }),
      'event.unsubscribe': ({ openid }) => console.info(`${openid} has left`),

      other(message) {
        console.info(`no answer to ${message.type === 'unknown' ? message.kind : message.type}`)
      },
    },
    onError: (error, { type }) => console.error(`the handler of ${type} failed:`, error),
  }),
)

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Push URL http://127.0.0.1:${address?.port}/wechat/push`)
})
