/** Reads WECHAT_PUBLIC_URL. Undefined if it is missing, or can't be the address at which the router is mounted. */
export function readPublicUrl({ WECHAT_PUBLIC_URL }: NodeJS.ProcessEnv): URL | undefined {
  const url = URL.parse(WECHAT_PUBLIC_URL ?? '')
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash) return undefined
  // A URL with a password is refused, because the output shows addresses that are built from it.
  if (url.username || url.password || /\/auth\/code\/*$/i.test(url.pathname)) return undefined
  return url
}

/** Returns the path at which the router is mounted, without a slash at its end. */
export function getMountPath({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '')
}
