/** Describes, in one line for operators, what a function of the app threw: any value, also one that can't be read. */
export function describeThrown(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `a value of the type ${typeof error}`
    const [line = ''] = error.message.split('\n')
    return `${error.name}: ${line.slice(0, 300)}`
  } catch {
    return 'a value that can not be read'
  }
}
