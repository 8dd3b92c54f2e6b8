/**
 * Makes a parser parse the same text of an object once, although several steps of a request read it. Middlewares can
 * change the text of a request meanwhile (its URL, for example), and then it is parsed again.
 */
export function parseOnce<Source extends object, Result>(
  readText: (source: Source) => string,
  parse: (text: string) => Result,
): (source: Source) => Result {
  const parsed = new WeakMap<Source, { text: string; result: Result }>()

  return function parseText(source) {
    const text = readText(source)
    const known = parsed.get(source)
    if (known?.text === text) return known.result
    const result = parse(text)
    parsed.set(source, { text, result })
    return result
  }
}
