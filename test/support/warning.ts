/** The text of the process's next warning that says this; others pass by. */
export function nextWarning(part: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  process.on('warning', function listen({ message }) {
    if (!message.includes(part)) return
    process.off('warning', listen)
    resolve(message)
  })
  return promise
}

/** Keeps the process's warnings of this package; the returned function ends that, and gives their texts. */
export function keepWarnings(): () => Promise<string[]> {
  const texts: string[] = []
  const keep = ({ name, message }: Error) => {
    if (name === 'WechatWarning') texts.push(message)
  }
  process.on('warning', keep)
  return async () => {
    // Node emits a warning in the tick after the one that made it.
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', keep)
    return texts
  }
}
