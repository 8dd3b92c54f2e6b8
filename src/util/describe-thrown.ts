/** What a function of the app threw, in one line for operators. */
export function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) return `a ${typeof error}`
  const [line = ''] = error.message.split('\n')
  return `${error.name}: ${line.slice(0, 300)}`
}
