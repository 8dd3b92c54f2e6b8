/** The public URL of the environment; undefined if it is missing, or not the address of a router. */
export function readPublicUrl({ WECHAT_PUBLIC_URL }: NodeJS.ProcessEnv): URL | undefined {
  const url = URL.parse(WECHAT_PUBLIC_URL ?? '')
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) return undefined
  // A password would go into every address that is shown.
  if (url.username || url.password || /\/auth\/code\/*$/i.test(url.pathname)) return undefined
  return url
}

/** The path of the mount, without a slash at its end. */
export function getMountPath({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}
