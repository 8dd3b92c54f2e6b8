import { configureWechat, fetchWithLogin } from 'express-wechat/browser'
import { ref } from 'vue'
import type { Router } from 'vue-router'

/** The back end's origin; empty if a proxy serves the back end under the page's own origin. */
const server: string = import.meta.env.VITE_SERVER ?? ''
const base = `${server}/wechat`

/** Whether WeChat has verified the page at its current route. */
export const isReady = ref(false)
export const problem = ref('')

/**
 * An Android phone verifies the current address, so the page is signed again for each route. An iPhone verifies the
 * address at which the page was loaded. `configureWechat` knows which of the two to sign.
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
    // If another route is open by now, its own signature counts, and this result is dropped.
    if (router.currentRoute.value.fullPath !== to.fullPath) return
    isReady.value = failure === ''
    problem.value = failure
  })
}

/** Calls the back end. If it answers 401, the page navigates to the login, which returns to this page. */
export async function askServer(path: string): Promise<Record<string, string>> {
  const response = await fetchWithLogin(server + path, { credentials: 'include' }, { base })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}
