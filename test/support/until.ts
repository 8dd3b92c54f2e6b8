/** Waits until the condition is true; fails if it is not true within the limit. */
export async function until(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  withinMs = 20_000,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`never: ${what}`)
    await new Promise(done => setTimeout(done, 50))
  }
}
