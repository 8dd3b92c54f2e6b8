/**
 * `express-wechat simulator -- command` makes Node load this file before the app's own code. It leads the app's calls
 * and redirects from WeChat to the simulator, without a change to the app.
 */
import { interceptRequests } from './intercept-requests.js'
import { interceptResponses } from './intercept-responses.js'

const simulatorUrl = process.env.WECHAT_SIMULATOR_URL
if (simulatorUrl && process.env.NODE_ENV !== 'production') {
  interceptRequests(simulatorUrl)
  interceptResponses(simulatorUrl)
}
