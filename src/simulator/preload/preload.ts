/**
 * Loaded into an app by `wechat-simulator -- command`, before anything of its own: the app's WeChat is the
 * simulator, without a change to its code.
 */
import { rerouteRequests } from './reroute-requests.js'
import { rerouteResponses } from './reroute-responses.js'

const simulatorUrl = process.env.WECHAT_SIMULATOR_URL
if (simulatorUrl && process.env.NODE_ENV !== 'production') {
  rerouteRequests(simulatorUrl)
  rerouteResponses(simulatorUrl)
}
