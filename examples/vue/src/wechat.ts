import { configureWechat, fetchWithLogin } from 'express-wechat/browser'
import { ref } from 'vue'
import type { Router } from 'vue-router'

/** The back end's origin, or empty if it has the page's own by a proxy. */
const server: string = import.meta.env.VITE_SERVER ?? ''
const base = `${server}/wechat`

/** Whether WeChat has accepted the page at its route. */
export const isReady = ref(false)
export const problem = ref('')

/**
 * An Android phone verifies the address of the moment, so each route is signed anew. An iPhone verifies the address that
 * the page was loaded with; `configureWechat` knows which one to sign.
 */
export function configureAfterEachRoute(router: Router): void {
  router.afterEach(async to => {
    isReady.value = false
    problem.value = ''
    let failure = ''
    try {
      await configureWechat({ base, jsApiList: ['chooseImage', 'uploadImage', 'scanQRCode'] })
    } catch (error) {
      failure = String(error)
    }
    // Another route may be open by now, with its own signature under way.
    if (router.currentRoute.value.fullPath !== to.fullPath) return
    isReady.value = failure === ''
    problem.value = failure
  })
}

/** Asks the back end, and goes to the login first if the person is not logged in. */
export async function askServer(path: string): Promise<Record<string, string>> {
  const response = await fetchWithLogin(server + path, { credentials: 'include' }, { base })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}
