// Quotas start anew at midnight in China, wherever the laptop stands.
const offsetOfChinaMs = 8 * 3_600_000

export function chinaDay(now: number): string {
  return new Date(now + offsetOfChinaMs).toISOString().slice(0, 10)
}

export function chinaMonth(now: number): string {
  return chinaDay(now).slice(0, 7)
}
