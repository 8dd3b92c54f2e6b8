/** The base URLs of WeChat's API, of which the first one that can be connected to is used. */
export interface ApiHosts {
  /** The base URL for the next request. */
  current(): string
  /**
   * Reports that no connection to this base URL could be made.
   * @returns whether there is another one to try
   */
  failOver(baseUrl: string): boolean
  /** Reports an answer from this base URL. */
  confirm(baseUrl: string): void
}

export interface ApiHostsOptions {
  baseUrls: readonly string[]
  /** Connects to the host, without a secret; rejects if that fails. */
  probe(baseUrl: string): Promise<void>
  /** Milliseconds of a monotonic clock. */
  nowMs(): number
}

/** A host that failed is probed this long afterwards, in the background of the next request. */
const PROBE_AFTER_MS = 10_000

/**
 * Chooses among several base URLs. A request never waits for a host that is known to fail: other requests go to the
 * next host, and a probe without a secret finds out when the host is back.
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
 * Makes an attempt at the current host, and at the next ones as long as no connection can be made. A call that may
 * have arrived is not repeated here: it may have spent a code.
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
