import type { Router } from 'express'

/** What a router of Express 5 keeps of each `use` and `all`. It is not public, and a test may still look. */
interface Layer {
  handle: { stack?: Layer[] }
  route?: { path: string | string[] } | undefined
  /** Mounted at `/`. */
  slash: boolean
  match(path: string): false | { path: string }
}

/**
 * Lists what a router and the routers in it are mounted at, with parameters as OpenAPI writes them. A layer that matches
 * none of the documented paths is listed with the name of its handler.
 */
export function listRoutes(router: Router, documentedPaths: readonly string[], prefix = ''): string[] {
  const { stack } = router as unknown as { stack: Layer[] }
  return stack.flatMap(layer => {
    if (layer.route) return [layer.route.path].flat().map(path => `${prefix}${toTemplate(path)}`)
    const mount = layer.slash ? '' : findMount(layer, documentedPaths)
    if (mount === undefined) return [`an undocumented mount of ${(layer.handle as { name?: string }).name}`]
    return layer.handle.stack
      ? listRoutes(layer.handle as unknown as Router, documentedPaths, prefix + mount)
      : []
  })
}

function findMount(layer: Layer, documentedPaths: readonly string[]): string | undefined {
  for (const path of documentedPaths) {
    const match = layer.match(path)
    if (match) return match.path
  }
  return undefined
}

function toTemplate(path: string): string {
  return path === '/' ? '' : path.replaceAll(/:(\w+)/g, '{$1}')
}
