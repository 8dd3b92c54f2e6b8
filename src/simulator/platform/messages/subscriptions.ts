/** How many more subscription notices (订阅通知) each person accepts, by template. */
export interface Subscriptions {
  /** Adds one accepted notice of this template. */
  accept(personId: string, templateId: string): void
  /** Removes one accepted notice of this template. Returns false if there is none. */
  take(personId: string, templateId: string): boolean
  clear(): void
}

export function createSubscriptions(): Subscriptions {
  const accepted = new Map<string, number>()

  return {
    accept(personId, templateId) {
      const key = `${personId} ${templateId}`
      accepted.set(key, (accepted.get(key) ?? 0) + 1)
    },
    take(personId, templateId) {
      const key = `${personId} ${templateId}`
      const left = accepted.get(key) ?? 0
      if (left > 0) accepted.set(key, left - 1)
      return left > 0
    },
    clear: () => accepted.clear(),
  }
}
