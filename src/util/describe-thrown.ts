/**
 * Describes a value that a function of the app threw, in one line for operators. The value can be anything: reading the
 * message of an object can itself throw, and then the description says so.
 */
export function describeThrown(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `a value of the type ${typeof error}`
    const [line = ''] = error.message.split('\n')
    return `${error.name}: ${line.slice(0, 300)}`
  } catch {
    return 'a value that can not be read'
  }
}
