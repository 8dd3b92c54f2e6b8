import { fetchWithLogin } from '/express-wechat.js'

/** The person's time zone, in which the server computes today and the opening day. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Shanghai'

/** A refusal by the back end: the page shows `msg` to the person, and acts on the code in `reason`. */
class ApiError extends Error {
  constructor({ status, msg, data }) {
    super(msg)
    this.status = status
    this.msg = msg
    this.reason = data?.reason
    this.data = data
  }
}

async function call(path, body) {
  const init =
    body === undefined
      ? undefined
      : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  // If the login has expired, `fetchWithLogin` sends the browser to WeChat's login, which returns it to this page.
  const response = await fetchWithLogin(`/api${path}`, init)
  const answer = response.status === 204 ? undefined : await response.json().catch(() => ({}))
  if (!response.ok) throw new ApiError({ status: response.status, ...answer })
  return answer
}

export const api = {
  me: () => call('/me'),
  capsules: () => call(`/capsules?timeZone=${encodeURIComponent(timeZone)}`),
  capsule: id => call(`/capsules/${encodeURIComponent(id)}`),
  seal: capsule => call('/capsules', { ...capsule, timeZone }),
  open: id => call(`/capsules/${encodeURIComponent(id)}/open`, {}),
  travel: days => call('/time-travel', { days }),
}

export const photoUrl = id => `/api/capsules/${encodeURIComponent(id)}/photo`
export const voiceUrl = id => `/api/capsules/${encodeURIComponent(id)}/voice`
