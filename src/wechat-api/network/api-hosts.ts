/** The base URLs of WeChat's API, of which the first one that can be reached is used. */
export interface ApiHosts {
  /** The base URL for the next request. */
  current(): string
  /**
   * Reports that this base URL can't be reached, so that another one is chosen until a probe succeeds.
   * @returns whether there is another one to try
   */
  failOver(baseUrl: string): boolean
  /** Reports an answer from this base URL, so that it is chosen again. */
  confirm(baseUrl: string): void
}

export interface ApiHostsOptions {
  baseUrls: readonly string[]
  /** Sends a request without a secret; rejects if there is no answer. */
  probe(baseUrl: string): Promise<void>
  /** Milliseconds of a monotonic clock. */
  nowMs(): number
}

/** How long after a failure a host is probed, in the background of the next request. */
const PROBE_AFTER_MS = 10_000

/**
 * Chooses among several base URLs. A request never waits for a host that is known to fail: it goes to the next host
 * until a probe has succeeded.
 */
export function createApiHosts({ baseUrls, probe, nowMs }: ApiHostsOptions): ApiHosts {
  const [first = ''] = baseUrls
  /** When each host that failed is probed next. */
  const probeDueMs = new Map<string, number>()

  function startProbe(baseUrl: string): void {
    probeDueMs.set(baseUrl, Number.POSITIVE_INFINITY)
    probe(baseUrl).then(
      () => probeDueMs.delete(baseUrl),
      () => probeDueMs.set(baseUrl, nowMs() + PROBE_AFTER_MS),
    )
  }

  return {
    current() {
      const now = nowMs()
      for (const [baseUrl, dueMs] of probeDueMs) if (dueMs <= now) startProbe(baseUrl)
      return baseUrls.find(baseUrl => !probeDueMs.has(baseUrl)) ?? first
    },
    failOver(baseUrl) {
      if (baseUrls.length === 1) return false
      if (!probeDueMs.has(baseUrl)) probeDueMs.set(baseUrl, nowMs() + PROBE_AFTER_MS)
      return baseUrls.some(other => !probeDueMs.has(other))
    },
    confirm(baseUrl) {
      if (probeDueMs.size > 0) probeDueMs.delete(baseUrl)
    },
  }
}

/**
 * Tries the current host, and the next ones as long as no connection can be made. A call that may have arrived is not
 * repeated: it may have used up a login code.
 */
export async function atReachableHost<Result>(
  hosts: ApiHosts,
  attempt: (baseUrl: string) => Promise<Result>,
  isNoConnection: (error: unknown) => boolean,
): Promise<Result> {
  for (;;) {
    const baseUrl = hosts.current()
    try {
      const result = await attempt(baseUrl)
      hosts.confirm(baseUrl)
      return result
    } catch (error) {
      if (!isNoConnection(error) || !hosts.failOver(baseUrl)) throw error
    }
  }
}
