/**
 * Loaded into an app by `express-wechat simulator -- command`, before anything of its own: the app's WeChat is the
 * simulator, without a change to its code.
 */
import { interceptRequests } from './intercept-requests.js'
import { interceptResponses } from './intercept-responses.js'

const simulatorUrl = process.env.WECHAT_SIMULATOR_URL
if (simulatorUrl && process.env.NODE_ENV !== 'production') {
  interceptRequests(simulatorUrl)
  interceptResponses(simulatorUrl)
}
