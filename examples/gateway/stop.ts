import type { Server } from 'node:http'
import gracefulShutdown from 'http-graceful-shutdown'

/**
 * Makes a function that stops the server: it takes no new connections, closes the idle ones, and resolves when the
 * requests under way are answered. Connections that are still open after `withinMs` are cut.
 */
export function createDrain(server: Server, withinMs: number): () => Promise<void> {
  // Node counts a connection as idle as soon as its answer is complete in memory, and `server.close()` would cut it
  // there, with a slow reader in the middle of a picture. So this method does nothing, and the library closes each
  // connection after its last byte.
  server.closeIdleConnections = () => {}
  return gracefulShutdown(server, { signals: '', timeout: withinMs })
}
