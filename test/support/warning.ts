/** Resolves to the text of the next warning of the process that contains `part`. */
export function nextWarning(part: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  process.on('warning', function listen({ message }) {
    if (!message.includes(part)) return
    process.off('warning', listen)
    resolve(message)
  })
  return promise
}

/** Collects this package's warnings. The returned function ends that, and resolves to their texts. */
export function keepWarnings(): () => Promise<string[]> {
  const texts: string[] = []
  const keep = ({ name, message }: Error) => {
    if (name === 'WechatWarning') texts.push(message)
  }
  process.on('warning', keep)
  return async () => {
    // Node.js emits a warning one tick after the call that made it.
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', keep)
    return texts
  }
}
