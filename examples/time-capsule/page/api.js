import { fetchWithLogin } from '/express-wechat.js'

/** Days are those of the person's time zone, not of the server's. */
const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'Asia/Shanghai'

/** A refusal of the back end: `msg` for the person, `reason` for the page. */
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
  // If the login has expired, this leaves for WeChat and comes back to this page.
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
