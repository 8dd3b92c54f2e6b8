import type { WechatErrorAnswer } from '../../http/async-handler.js'
import { prefersHtml } from '../../http/request.js'
import { sendError } from '../../http/respond.js'
import { describeInEnglish } from '../failure-page.js'
import { sendResultPage } from './phone-page.js'
import { phoneTexts, readLanguage } from './scan-texts.js'

/** Answers an error of a route that people open with a small page, and with JSON for a client that prefers it. */
export function createScanErrorAnswer(simulatorOrigins: string | undefined): WechatErrorAnswer {
  return function answerScanError(error, req, res) {
    if (res.headersSent || !prefersHtml(req)) {
      sendError(res, error)
      return
    }
    const language = readLanguage(req)
    sendResultPage(res, {
      status: error.status,
      language,
      simulatorOrigins,
      title: phoneTexts[language].failed,
      text: language === 'en' ? describeInEnglish(error) : error.userMessage,
    })
  }
}
