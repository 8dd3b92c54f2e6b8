/**
 * The module `node:http`, got without an `import`: that would read each of its exports, and one of them loads all of
 * Node's `fetch`, which takes almost a tenth of the processor time of importing this package.
 *
 * Callers read its functions at each call (`http.request(…)`), so that functions that tools have replaced are used.
 */
export const http = process.getBuiltinModule('node:http')
