// Answers after a while, as a bot does that asks a language model. WeChat waits 5 s and delivers three times, so a reply
// within about 14 s still answers the message. A later one is sent as a customer-service message.
import { setTimeout as delay } from 'node:timers/promises'
import express from 'express'
import { createTokenManager, messageHandler, reply, sendCustomerMessage } from 'express-wechat'

const { PORT = '3000', ANSWER_AFTER_MS = '12000' } = process.env
const tokenManager = createTokenManager()
const app = express()

/** Stands for a call of a language model. */
async function think(question: string): Promise<string> {
  await delay(Number(ANSWER_AFTER_MS))
  return `关于「${question}」，我想好了。`
}

app.all(
  '/wechat/push',
  messageHandler({
    tokenManager,
    on: {
      // This handler runs once for a question, although WeChat delivers the question up to three times.
      text: async ({ content }) => reply.text(await think(content)),
    },
    late: ({ openid }, answer) => sendCustomerMessage(tokenManager, { openid, reply: answer }),
  }),
)

const server = app.listen(Number(PORT), '127.0.0.1', error => {
  if (error) throw error
  const address = server.address()
  if (typeof address === 'object') console.info(`Push URL http://127.0.0.1:${address?.port}/wechat/push`)
})
