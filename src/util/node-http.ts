/**
 * The module `node:http`. An `import` of it reads each of its exports, and one of them loads all of Node's `fetch`,
 * which takes almost a tenth of the processor time of importing this package.
 *
 * Its functions are read when they are called, so that tools that replace them are used.
 */
export const http = process.getBuiltinModule('node:http')
