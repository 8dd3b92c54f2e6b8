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
