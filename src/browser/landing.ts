interface LandedWindow {
  [key: symbol]: string | undefined
}

const key = Symbol.for('express-wechat:landing')

/**
 * The address at which this module was first evaluated; iOS verifies the address at which a page was first opened. It
 * is kept on the window, so that two copies of this module in different bundles agree. The assignment also keeps a
 * bundler from removing `import 'express-wechat/browser'` as an import without an effect.
 */
export const landedOn = readLanding()

function readLanding(): string {
  if (typeof window === 'undefined') return ''
  const page = window as unknown as LandedWindow
  page[key] ??= location.href
  return page[key]
}
